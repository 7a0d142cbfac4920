import type { FileSpec } from '../world/model.ts'
import { writeFiller } from './filler.ts'
import { blocksSegment, bytesSegment, type Layout } from './segments.ts'

/** Samples of a 20 ms packet at the 48 kHz in which granule positions of Opus count (RFC 7845, section 4). */
const PACKET_SAMPLES = 960
const PACKETS_PER_SECOND = 50
const PACKETS_PER_PAGE = 50
const PAGE_HEADER = 27
/** A packet below 255 bytes takes one lacing value, which makes every page length reachable. */
const MAX_PACKET = 254
const MAX_PACKETS_IN_PAGE = 255
/** SILK, wideband, 20 ms, mono, one frame (RFC 6716, table 2). */
const TOC = 9 << 3

const FIRST_PAGE = 2
const LAST_PAGE = 4

interface Page {
  readonly flags: number
  readonly granule: number
  readonly sequence: number
  readonly serial: number
  readonly packetLengths: readonly number[]
}

function checksumTable(): Uint32Array {
  const table = new Uint32Array(256)
  for (let index = 0; index < 256; index += 1) {
    let value = index << 24
    for (let bit = 0; bit < 8; bit += 1) value = value < 0 ? (value << 1) ^ 0x04c1_1db7 : value << 1
    table[index] = value >>> 0
  }
  return table
}

const CHECKSUM_TABLE = checksumTable()

/** The checksum of an Ogg page whose checksum field is zero (RFC 3533, section 6). */
export function oggChecksum(page: Buffer): number {
  let checksum = 0
  for (let at = 0; at < page.length; at += 1) {
    const index = (checksum >>> 24) ^ (page[at] ?? 0)
    checksum = (checksum << 8) ^ (CHECKSUM_TABLE[index] ?? 0)
  }
  return checksum >>> 0
}

/** Writes the header of a page whose packets are already in place. */
function sealPage(target: Buffer, page: Page): void {
  target.write('OggS', 0, 'latin1')
  target[4] = 0
  target[5] = page.flags
  target.writeBigUInt64LE(BigInt(page.granule), 6)
  target.writeUInt32LE(page.serial, 14)
  target.writeUInt32LE(page.sequence, 18)
  target.writeUInt32LE(0, 22)
  target[26] = page.packetLengths.length
  page.packetLengths.forEach((length, index) => {
    target[PAGE_HEADER + index] = length
  })
  target.writeUInt32LE(oggChecksum(target), 22)
}

function headerPage(page: Omit<Page, 'packetLengths'>, packet: Buffer): Buffer {
  const whole = Buffer.concat([Buffer.alloc(PAGE_HEADER + 1), packet])
  sealPage(whole, { ...page, packetLengths: [packet.length] })
  return whole
}

function identification(): Buffer {
  const packet = Buffer.alloc(19)
  packet.write('OpusHead', 0, 'latin1')
  packet[8] = 1
  packet[9] = 1
  packet.writeUInt16LE(312, 10)
  packet.writeUInt32LE(16_000, 12)
  return packet
}

function comments(): Buffer {
  const vendor = Buffer.from('generated', 'latin1')
  const packet = Buffer.alloc(8 + 4 + vendor.length + 4)
  packet.write('OpusTags', 0, 'latin1')
  packet.writeUInt32LE(vendor.length, 8)
  vendor.copy(packet, 12)
  return packet
}

/** Packet lengths of a page of exactly `length` bytes; undefined if no page has that length. */
function packetLengths(length: number): number[] | undefined {
  const room = length - PAGE_HEADER
  const count = Math.ceil(room / (MAX_PACKET + 1))
  if (count < 1 || count > MAX_PACKETS_IN_PAGE || room < 2 * count) return undefined
  const bytes = room - count
  const base = Math.floor(bytes / count)
  return Array.from({ length: count }, (_, index) => base + (index < bytes % count ? 1 : 0))
}

function writeAudioPage(target: Buffer, key: Buffer, page: Page): void {
  const start = PAGE_HEADER + page.packetLengths.length
  writeFiller(key, page.sequence * 0x1_0000, target.subarray(start))
  let at = start
  for (const length of page.packetLengths) {
    target[at] = TOC
    at += length
  }
  sealPage(target, page)
}

/** Opus in Ogg: one page per second, with packets of equal length, and a last page for the remaining bytes. */
export function oggLayout(spec: FileSpec, key: Buffer): Layout | undefined {
  const serial = key.readUInt32LE(0)
  const head = Buffer.concat([
    headerPage({ flags: FIRST_PAGE, granule: 0, sequence: 0, serial }, identification()),
    headerPage({ flags: 0, granule: 0, sequence: 1, serial }, comments()),
  ])
  const room = spec.size - head.length
  const packets = (spec.durationSeconds ?? 0) * PACKETS_PER_SECOND
  const wanted = packets > 0 ? Math.floor(spec.size / packets) - 2 : 60
  const packet = Math.max(8, Math.min(MAX_PACKET, wanted))
  const pageLength = PAGE_HEADER + PACKETS_PER_PAGE * (packet + 1)
  const fullPages = Math.max(0, Math.floor(room / pageLength) - 1)
  const lastLengths = packetLengths(room - fullPages * pageLength)
  if (lastLengths === undefined) return undefined
  const pageLengths = Array<number>(PACKETS_PER_PAGE).fill(packet)
  const samples = PACKETS_PER_PAGE * PACKET_SAMPLES
  const full = blocksSegment({
    length: fullPages * pageLength,
    blockLength: pageLength,
    writeBlock: (target, index) =>
      writeAudioPage(target, key, {
        flags: 0,
        granule: (index + 1) * samples,
        sequence: index + 2,
        serial,
        packetLengths: pageLengths,
      }),
  })
  const last = Buffer.alloc(room - fullPages * pageLength)
  writeAudioPage(last, key, {
    flags: LAST_PAGE,
    granule: fullPages * samples + lastLengths.length * PACKET_SAMPLES,
    sequence: fullPages + 2,
    serial,
    packetLengths: lastLengths,
  })
  return fullPages > 0
    ? [bytesSegment(head), full, bytesSegment(last)]
    : [bytesSegment(head), bytesSegment(last)]
}
