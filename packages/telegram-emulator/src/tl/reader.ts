import { TlDecodeError } from './errors.ts'

const MAX_DEPTH = 32
/** Minimum size of an element of a vector. */
const MIN_ELEMENT_BYTES = 4

/** Decompresses the content of a `gzip_packed`. Throws {@link TlDecodeError} if it is damaged or too large. */
export type Inflate = (packed: Buffer) => Buffer

/** Reads TL scalars. At the end of the input, every method throws {@link TlDecodeError} `truncated`. */
export class TlReader {
  readonly inflate: Inflate
  readonly #buffer: Buffer
  readonly #view: DataView
  #offset = 0
  #depth = 0

  constructor(buffer: Buffer, inflate: Inflate) {
    this.#buffer = buffer
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    this.inflate = inflate
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#buffer.length - this.#offset
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true)
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true)
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#advance(8), true)
  }

  /** Returns a copy, so that a few retained bytes do not keep a whole frame in memory. */
  raw(length: number): Buffer {
    const start = this.#advance(length)
    return Buffer.from(this.#buffer.subarray(start, start + length))
  }

  bytes(): Buffer {
    const { start, end } = this.#bytesRange()
    return Buffer.from(this.#buffer.subarray(start, end))
  }

  string(): string {
    const { start, end } = this.#bytesRange()
    return this.#buffer.toString('utf8', start, end)
  }

  /** The element count of a vector, checked against the remaining bytes. */
  count(): number {
    const count = this.uint32()
    if (count * MIN_ELEMENT_BYTES > this.remaining) {
      throw new TlDecodeError('too_long', `a vector of ${count} in ${this.remaining} bytes`)
    }
    return count
  }

  /** Enters a level of nesting, until {@link leave}. */
  enter(): void {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH)
      throw new TlDecodeError('too_deep', `more than ${MAX_DEPTH} levels`)
  }

  leave(): void {
    this.#depth -= 1
  }

  /** A reader of other bytes at the same nesting level. */
  nested(buffer: Buffer): TlReader {
    const reader = new TlReader(buffer, this.inflate)
    reader.#depth = this.#depth
    return reader
  }

  #bytesRange(): { start: number; end: number } {
    const header = this.#advance(4)
    const first = this.#view.getUint8(header)
    if (first === 255) throw new TlDecodeError('wrong_type', 'a string that starts with 255')
    const isLong = first === 254
    const length = isLong ? this.#view.getUint32(header, true) >>> 8 : first
    const start = isLong ? header + 4 : header + 1
    const end = start + length
    const padded = end + ((4 - ((end - header) & 3)) & 3) - (header + 4)
    this.#advance(padded)
    return { start, end }
  }

  #advance(count: number): number {
    const start = this.#offset
    if (count > this.#buffer.length - start) {
      throw new TlDecodeError('truncated', `${count} bytes wanted, ${this.remaining} left`)
    }
    this.#offset = start + count
    return start
  }
}
