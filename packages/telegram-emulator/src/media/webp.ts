import type { FileSpec } from '../world/model.ts'
import { bytesSegment, fillerSegment, type Layout } from './segments.ts'

const MAX_SIDE = 16_384
const CHUNK_HEADER = 8

/** Appends little-endian bit fields, the encoding of VP8L. */
class BitWriter {
  readonly #bytes: number[] = []
  #used = 0

  write(value: number, bitCount: number): void {
    for (let bit = 0; bit < bitCount; bit += 1) {
      if (this.#used % 8 === 0) this.#bytes.push(0)
      const last = this.#bytes.length - 1
      this.#bytes[last] = (this.#bytes[last] ?? 0) | (((value >>> bit) & 1) << (this.#used % 8))
      this.#used += 1
    }
  }

  finish(): Buffer {
    return Buffer.from(this.#bytes)
  }
}

/**
 * A lossless image of one colour (RFC 9649, section 3): five prefix codes with a single symbol each, so that pixels
 * take no bits.
 */
function losslessImage(key: Buffer, width: number, height: number): Buffer {
  const bits = new BitWriter()
  bits.write(0x2f, 8)
  bits.write(width - 1, 14)
  bits.write(height - 1, 14)
  bits.write(1, 1)
  bits.write(0, 3)
  // No transforms, no colour cache, no meta prefix codes.
  bits.write(0, 3)
  const [green = 0, red = 0, blue = 0] = key
  for (const symbol of [green, red, blue, 255, 0]) {
    // A simple code with one 8-bit symbol.
    bits.write(0b101, 3)
    bits.write(symbol, 8)
  }
  return bits.finish()
}

function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.alloc(CHUNK_HEADER + data.length + (data.length % 2))
  whole.write(type, 0, 'latin1')
  whole.writeUInt32LE(data.length, 4)
  data.copy(whole, CHUNK_HEADER)
  return whole
}

function extendedHeader(width: number, height: number): Buffer {
  const data = Buffer.alloc(10)
  // The image has an alpha channel.
  data[0] = 0x10
  data.writeUIntLE(width - 1, 4, 3)
  data.writeUIntLE(height - 1, 7, 3)
  return chunk('VP8X', data)
}

/** A WebP of one colour, with filler in a chunk that decoders must ignore. */
export function webpLayout(spec: FileSpec, key: Buffer): Layout | undefined {
  const { width = 512, height = 512 } = spec
  if (width < 1 || height < 1 || Math.max(width, height) > MAX_SIDE) return undefined
  const image = Buffer.concat([
    extendedHeader(width, height),
    chunk('VP8L', losslessImage(key, width, height)),
  ])
  // RIFF chunks have even lengths; a file of odd size has one byte after the container.
  const trailing = spec.size % 2
  const room = spec.size - trailing - 12 - image.length - CHUNK_HEADER
  if (room < 0) return undefined
  const head = Buffer.alloc(12)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(spec.size - trailing - 8, 4)
  head.write('WEBP', 8, 'latin1')
  const filler = Buffer.alloc(CHUNK_HEADER)
  filler.write('FILL', 0, 'latin1')
  filler.writeUInt32LE(room, 4)
  return [
    bytesSegment(Buffer.concat([head, image, filler])),
    fillerSegment(key, room),
    bytesSegment(Buffer.alloc(trailing)),
  ]
}
