import type { Picture } from './picture.ts'

/**
 * A baseline JPEG encoder of flat 16x16 tiles: every 8x8 block has only a DC coefficient, so a megapixel takes a few
 * kilobytes and a millisecond. Colour is 4:2:0; a grey picture takes two thirds of that.
 */
export interface HuffmanTable {
  /** Number of codes of each length from 1 to 16, and the symbols in order, as in a DHT segment (ITU T.81, B.2.4.2). */
  readonly counts: readonly number[]
  readonly symbols: readonly number[]
}

export interface CodingTables {
  readonly lumaDc: HuffmanCodes
  readonly lumaAc: HuffmanCodes
  readonly chromaDc: HuffmanCodes
  readonly chromaAc: HuffmanCodes
  /** First entries of the two quantisation tables. */
  readonly lumaStep: number
  readonly chromaStep: number
}

/** Code and length of each symbol. */
export interface HuffmanCodes {
  readonly bits: Uint16Array
  readonly lengths: Uint8Array
}

/** The codes of a table (T.81, annex C). */
export function huffmanCodes(table: HuffmanTable): HuffmanCodes {
  const bits = new Uint16Array(256)
  const lengths = new Uint8Array(256)
  let code = 0
  let next = 0
  table.counts.forEach((count, index) => {
    for (let used = 0; used < count; used += 1) {
      const symbol = table.symbols[next] ?? 0
      bits[symbol] = code
      lengths[symbol] = index + 1
      code += 1
      next += 1
    }
    code <<= 1
  })
  return { bits, lengths }
}

class BitWriter {
  #bytes: Buffer
  #length = 0
  #pending = 0
  #pendingBits = 0

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  write(value: number, bitCount: number): void {
    for (let bit = bitCount - 1; bit >= 0; bit -= 1) {
      this.#pending = (this.#pending << 1) | ((value >>> bit) & 1)
      this.#pendingBits += 1
      if (this.#pendingBits === 8) this.#flushByte()
    }
  }

  finish(): Buffer {
    if (this.#pendingBits > 0) this.write(0xff, 8 - this.#pendingBits)
    return this.#bytes.subarray(0, this.#length)
  }

  #flushByte(): void {
    if (this.#length + 2 > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(this.#bytes.length)])
    }
    this.#bytes[this.#length++] = this.#pending
    // A zero is stuffed after every 0xff of entropy-coded data, so that it is not read as a marker.
    if (this.#pending === 0xff) this.#bytes[this.#length++] = 0
    this.#pending = 0
    this.#pendingBits = 0
  }
}

function blockCoder(out: BitWriter, dc: HuffmanCodes, ac: HuffmanCodes): (level: number) => void {
  const endBits = ac.bits[0] ?? 0
  const endLength = ac.lengths[0] ?? 0
  let previous = 0
  return (level) => {
    const difference = level - previous
    previous = level
    const category = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference))
    out.write(dc.bits[category] ?? 0, dc.lengths[category] ?? 0)
    if (category > 0)
      out.write(difference > 0 ? difference : difference + (1 << category) - 1, category)
    out.write(endBits, endLength)
  }
}

export interface PictureSize {
  readonly width: number
  readonly height: number
}

function forEachTile(
  picture: Picture,
  size: PictureSize,
  tile: number,
  visit: (red: number, green: number, blue: number) => void,
): void {
  for (let top = 0; top < size.height; top += tile) {
    for (let left = 0; left < size.width; left += tile) {
      visit(...picture((left + tile / 2) / size.width, (top + tile / 2) / size.height))
    }
  }
}

function dcLevel(sample: number, step: number): number {
  return Math.round((8 * (sample - 128)) / step)
}

function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue
}

/** Entropy-coded data of a 4:2:0 scan: four luma blocks, one Cb, one Cr per 16x16 tile. */
export function encodeColourScan(
  picture: Picture,
  size: PictureSize,
  tables: CodingTables,
): Buffer {
  const out = new BitWriter(4096)
  const luminance = blockCoder(out, tables.lumaDc, tables.lumaAc)
  const blueness = blockCoder(out, tables.chromaDc, tables.chromaAc)
  const redness = blockCoder(out, tables.chromaDc, tables.chromaAc)
  forEachTile(picture, size, 16, (red, green, blue) => {
    const y = luma(red, green, blue)
    const level = dcLevel(y, tables.lumaStep)
    for (let block = 0; block < 4; block += 1) luminance(level)
    blueness(dcLevel(128 + 0.564 * (blue - y), tables.chromaStep))
    redness(dcLevel(128 + 0.713 * (red - y), tables.chromaStep))
  })
  return out.finish()
}

/** Entropy-coded data of a picture of one uniform grey. */
export function encodeGreyScan(size: PictureSize, tables: CodingTables): Buffer {
  const out = new BitWriter(4096)
  const luminance = blockCoder(out, tables.lumaDc, tables.lumaAc)
  forEachTile(
    () => [0, 0, 0],
    size,
    8,
    () => luminance(0),
  )
  return out.finish()
}
