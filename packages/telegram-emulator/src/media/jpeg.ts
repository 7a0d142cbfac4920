import type { FileSpec } from '../world/model.ts'
import { writeFiller } from './filler.ts'
import {
  encodeColourScan,
  encodeGreyScan,
  huffmanCodes,
  type CodingTables,
  type PictureSize,
} from './jpeg-codec.ts'
import { landscape, landscapeNumber } from './picture.ts'
import { blocksSegment, bytesSegment, type Layout, type Segment } from './segments.ts'

/** Codes for flat tiles: one bit for an unchanged level, one for the end of a block. */
const FLAT_DC = {
  counts: [1, 0, 2, 2, 2, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  symbols: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
}
const FLAT_AC = { counts: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], symbols: [0] }
const FLAT_TABLES: CodingTables = {
  lumaDc: huffmanCodes(FLAT_DC),
  lumaAc: huffmanCodes(FLAT_AC),
  chromaDc: huffmanCodes(FLAT_DC),
  chromaAc: huffmanCodes(FLAT_AC),
  lumaStep: 16,
  chromaStep: 16,
}

/** Larger pictures are not generated: a JPEG side has 16 bits, and generation takes time. */
const MAX_SIDE = 65_535
const MAX_PIXELS = 32_000_000

const SEGMENT = 65_536
const SEGMENT_HEADER = 4
const APP15 = 0xef

function marker(code: number, payload: readonly number[]): Buffer {
  const head = [0xff, code, (payload.length + 2) >> 8, (payload.length + 2) & 0xff]
  return Buffer.from([...head, ...payload])
}

function huffman(kind: number, table: typeof FLAT_DC): Buffer {
  return marker(0xc4, [kind, ...table.counts, ...table.symbols])
}

function frameHeader(size: PictureSize, components: readonly number[]): Buffer {
  const { width, height } = size
  const sides = [height >> 8, height & 0xff, width >> 8, width & 0xff]
  return marker(0xc0, [8, ...sides, components.length / 3, ...components])
}

function picture(spec: FileSpec, size: PictureSize): Buffer[] {
  const tables = [
    marker(0xdb, [0, ...Array<number>(64).fill(FLAT_TABLES.lumaStep)]),
    huffman(0x00, FLAT_DC),
    huffman(0x10, FLAT_AC),
  ]
  const colour = [
    ...tables,
    frameHeader(size, [1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]),
    marker(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    encodeColourScan(landscape(landscapeNumber(spec)), size, FLAT_TABLES),
  ]
  const colourBytes = colour.reduce((sum, part) => sum + part.length, 0)
  if (colourBytes + JFIF.length + EOI.length <= spec.size) return colour
  return [
    ...tables,
    frameHeader(size, [1, 0x11, 0]),
    marker(0xda, [1, 1, 0, 0, 63, 0]),
    encodeGreyScan(size, FLAT_TABLES),
  ]
}

const JFIF = Buffer.concat([
  Buffer.from([0xff, 0xd8]),
  marker(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
])
const EOI = Buffer.from([0xff, 0xd9])

/** Application segments of filler; lengths too small for one become fill bytes before a marker (T.81, B.1.1.2). */
function padding(key: Buffer, length: number): Segment[] {
  const rest = length % SEGMENT
  const fillBytes = rest < SEGMENT_HEADER ? rest : 0
  const segments = blocksSegment({
    length: length - fillBytes,
    blockLength: SEGMENT,
    writeBlock: (block, index) => {
      block[0] = 0xff
      block[1] = APP15
      block.writeUInt16BE(block.length - 2, 2)
      writeFiller(key, index * SEGMENT, block.subarray(SEGMENT_HEADER))
    },
  })
  return length === fillBytes
    ? [bytesSegment(Buffer.alloc(fillBytes, 0xff))]
    : [segments, bytesSegment(Buffer.alloc(fillBytes, 0xff))]
}

/** A JPEG that decodes to a landscape, or to plain grey if the size is too small for colour. */
export function jpegLayout(spec: FileSpec, key: Buffer): Layout | undefined {
  const size = { width: spec.width ?? 640, height: spec.height ?? 480 }
  if (size.width < 1 || size.height < 1 || Math.max(size.width, size.height) > MAX_SIDE)
    return undefined
  if (size.width * size.height > MAX_PIXELS) return undefined
  const body = Buffer.concat([...picture(spec, size), EOI])
  const room = spec.size - JFIF.length - body.length
  if (room < 0) return undefined
  return [bytesSegment(JFIF), ...padding(key, room), bytesSegment(body)]
}
