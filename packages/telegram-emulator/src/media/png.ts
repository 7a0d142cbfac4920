import { crc32, deflateSync } from 'node:zlib'
import type { FileSpec } from '../world/model.ts'
import { crcNeutralFiller } from './crc-neutral.ts'
import { landscape, landscapeNumber } from './picture.ts'
import { bytesSegment, type Layout, type Segment } from './segments.ts'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const MAX_PIXELS = 32_000_000
const TILE = 16
const CHUNK_OVERHEAD = 12
const SOFTWARE = Buffer.from('Software\0generated', 'latin1')

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}

function header(width: number, height: number): Buffer {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data[8] = 8
  data[9] = 3
  return chunk('IHDR', data)
}

/** 256 colours: three bits each of red and green, two of blue. */
function palette(): Buffer {
  const entries = Array.from({ length: 256 }, (_, index) => [
    Math.round(((index >> 5) * 255) / 7),
    Math.round((((index >> 2) & 7) * 255) / 7),
    Math.round(((index & 3) * 255) / 3),
  ])
  return chunk('PLTE', Buffer.from(entries.flat()))
}

function pixels(number: number, width: number, height: number): Buffer {
  const paint = landscape(number)
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) {
    const row = rows.subarray(y * (width + 1), (y + 1) * (width + 1))
    if (y % TILE !== 0) {
      // Filter type 2: relative to the row above.
      row[0] = 2
      continue
    }
    for (let x = 0; x < width; x += TILE) {
      const [red, green, blue] = paint((x + TILE / 2) / width, (y + TILE / 2) / height)
      row.fill(
        (red & 0xe0) | ((green >> 3) & 0x1c) | (blue >> 6),
        x + 1,
        Math.min(width, x + TILE) + 1,
      )
    }
  }
  return chunk('IDAT', deflateSync(rows, { level: 1 }))
}

/** A private ancillary chunk of exactly `length` bytes, at least 12. */
function fillerChunk(key: Buffer, length: number): Segment[] {
  const size = length - CHUNK_OVERHEAD
  const type = Buffer.from('fiLl', 'latin1')
  if (size < 4) return [bytesSegment(chunk('fiLl', Buffer.alloc(size)))]
  const head = Buffer.alloc(8)
  head.writeUInt32BE(size, 0)
  type.copy(head, 4)
  const tail = Buffer.alloc(4)
  tail.writeUInt32BE(crc32(type), 0)
  return [bytesSegment(head), crcNeutralFiller(key, size, crc32(type)), bytesSegment(tail)]
}

/** A PNG that decodes to a landscape at the given width and height. */
export function pngLayout(spec: FileSpec, key: Buffer): Layout | undefined {
  const { width = 640, height = 480 } = spec
  if (width < 1 || height < 1 || width * height > MAX_PIXELS) return undefined
  const start = Buffer.concat([
    SIGNATURE,
    header(width, height),
    palette(),
    pixels(landscapeNumber(spec), width, height),
  ])
  const software = chunk('tEXt', SOFTWARE)
  const end = chunk('IEND', Buffer.alloc(0))
  const room = spec.size - start.length - end.length
  if (room === 0) return [bytesSegment(start), bytesSegment(end)]
  if (room < CHUNK_OVERHEAD) return undefined
  if (room < software.length + CHUNK_OVERHEAD) {
    return [bytesSegment(start), ...fillerChunk(key, room), bytesSegment(end)]
  }
  const filler = fillerChunk(key, room - software.length)
  return [bytesSegment(start), bytesSegment(software), ...filler, bytesSegment(end)]
}
