import { crc32 } from 'node:zlib'
import type { FileSpec } from '../world/model.ts'
import { crcNeutralFiller } from './crc-neutral.ts'
import { bytesSegment, type Layout } from './segments.ts'

/** Sizes and offsets have 32 bits without ZIP64. */
const MAX_SIZE = 0xffff_ffff
/** 2024-01-01 00:00 in MS-DOS format; constant, so that the bytes are reproducible. */
const DOS_DATE = ((2024 - 1980) << 9) | (1 << 5) | 1

interface Entry {
  readonly name: string
  readonly size: number
  readonly crc: number
}

function localHeader(entry: Entry): Buffer {
  const name = Buffer.from(entry.name, 'latin1')
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x0403_4b50, 0)
  header.writeUInt16LE(10, 4)
  writeCommon(header, 10, entry)
  return Buffer.concat([header, name])
}

function centralHeader(entry: Entry, offset: number): Buffer {
  const name = Buffer.from(entry.name, 'latin1')
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x0201_4b50, 0)
  header.writeUInt16LE(20, 4)
  header.writeUInt16LE(10, 6)
  writeCommon(header, 12, entry)
  header.writeUInt32LE(offset, 42)
  return Buffer.concat([header, name])
}

/** Time, date, checksum, both sizes and the length of the name are in this order in both headers. */
function writeCommon(header: Buffer, offset: number, entry: Entry): void {
  header.writeUInt16LE(DOS_DATE, offset + 2)
  header.writeUInt32LE(entry.crc, offset + 4)
  header.writeUInt32LE(entry.size, offset + 8)
  header.writeUInt32LE(entry.size, offset + 12)
  header.writeUInt16LE(Buffer.byteLength(entry.name, 'latin1'), offset + 16)
}

function endRecord(entries: number, directorySize: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(22)
  record.writeUInt32LE(0x0605_4b50, 0)
  record.writeUInt16LE(entries, 8)
  record.writeUInt16LE(entries, 10)
  record.writeUInt32LE(directorySize, 12)
  record.writeUInt32LE(directoryOffset, 16)
  return record
}

/** An uncompressed archive of a short text and one large entry, with correct checksums (PKWARE APPNOTE 4.3). */
export function zipLayout(spec: FileSpec, key: Buffer): Layout | undefined {
  if (spec.size > MAX_SIZE) return undefined
  const text = Buffer.from(`File ${spec.id}\nSize ${spec.size} bytes\n`, 'latin1')
  const readme: Entry = { name: 'README.txt', size: text.length, crc: crc32(text) }
  const overhead = 2 * (30 + 46) + 2 * readme.name.length + 2 * 'data.bin'.length + 22
  const room = spec.size - overhead - text.length
  if (room < 4) return undefined
  // The checksum of no bytes is zero, and neutral filler keeps it.
  const data: Entry = { name: 'data.bin', size: room, crc: 0 }
  const head = Buffer.concat([localHeader(readme), text])
  const dataHeader = localHeader(data)
  const directory = Buffer.concat([centralHeader(readme, 0), centralHeader(data, head.length)])
  const directoryOffset = head.length + dataHeader.length + room
  return [
    bytesSegment(Buffer.concat([head, dataHeader])),
    crcNeutralFiller(key, room, 0),
    bytesSegment(Buffer.concat([directory, endRecord(2, directory.length, directoryOffset)])),
  ]
}
