import { crc32 } from 'node:zlib'
import { writeFiller } from './filler.ts'
import { blocksSegment, type Segment } from './segments.ts'

/**
 * Filler whose CRC-32 is known without reading it.
 *
 * The last four bytes of every block are chosen so that the block leaves the checksum unchanged. Filler of any length
 * therefore keeps the CRC-32, and a ZIP entry or PNG chunk of gigabytes can state its checksum, while each block is
 * computed on its own.
 */
const BLOCK = 32 * 1024
const PATCH = 4
const POLYNOMIAL = 0xedb8_8320

function crcTable(): Uint32Array {
  const table = new Uint32Array(256)
  for (let index = 0; index < 256; index += 1) {
    let value = index
    for (let bit = 0; bit < 8; bit += 1)
      value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
    table[index] = value
  }
  return table
}

/** Reverts four zero bytes: returns the register that these bytes would turn into `register`. */
function rewindFourBytes(register: number): number {
  const table = crcTable()
  let state = register
  for (let step = 0; step < PATCH; step += 1) {
    const index = table.findIndex((entry) => entry >>> 24 === state >>> 24)
    state = (((state ^ (table[index] ?? 0)) << 8) | index) >>> 0
  }
  return state
}

/** At least 4 bytes of filler that keep a CRC-32 of `crc`. */
export function crcNeutralFiller(key: Buffer, length: number, crc: number): Segment {
  if (length < PATCH) throw new RangeError('neutral filler needs four bytes')
  const rewound = rewindFourBytes(~crc >>> 0)
  return blocksSegment({
    length,
    blockLength: BLOCK,
    longLastBlock: true,
    writeBlock: (block, index) => {
      const body = block.subarray(0, block.length - PATCH)
      writeFiller(key, index * BLOCK, body)
      block.writeUInt32LE((~crc32(body, crc) ^ rewound) >>> 0, body.length)
    },
  })
}
