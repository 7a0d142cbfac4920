import { joinBytes, toBuffer, type LazyBytes } from '../memory/lazy-bytes.ts'
import { TlEncodeError } from './errors.ts'

const MAX_BYTES = 0xff_ffff
const INITIAL_BYTES = 16_384
const MAX_COPIED = 1 << 18
const MAX_RETAINED = 1 << 20

/** A growing buffer of TL scalars. One writer is reused for many messages. */
export class TlWriter {
  #buffer: Buffer
  #view: DataView
  #length = 0
  /** Lazy bytes to be inserted before the byte at an offset. */
  readonly #lazy: { readonly at: number; readonly bytes: LazyBytes }[] = []

  constructor(capacity = INITIAL_BYTES) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity)
    this.#view = viewOf(this.#buffer)
  }

  /** The number of bytes written since the last {@link take}. */
  get length(): number {
    return this.#length
  }

  /** A copy of the bytes written from `start` on. */
  copyFrom(start: number): Buffer {
    const copy = Buffer.allocUnsafe(this.#length - start)
    this.#buffer.copy(copy, 0, start, this.#length)
    return copy
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#view.setInt32(this.#length, value, true)
    this.#length += 4
  }

  int64(value: bigint): void {
    this.#reserve(8)
    this.#view.setBigInt64(this.#length, value, true)
    this.#length += 8
  }

  double(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  /** Writes bytes without a length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
  }

  /** A TL `bytes`: length, content, zeros up to a multiple of four. */
  bytes(value: Uint8Array): void {
    this.#reserve(value.length + 8)
    const start = this.#length
    this.#bytesHeader(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
    this.#pad(start)
  }

  /** Like {@link bytes}, but inserted only when the result is written. {@link copyFrom} omits them. */
  lazyBytes(value: LazyBytes): void {
    this.#reserve(8)
    const start = this.#length
    this.#bytesHeader(value.length)
    this.#lazy.push({ at: this.#length, bytes: value })
    this.#pad(start - value.length)
  }

  /** A TL `string`: its UTF-8 form as `bytes`. */
  string(value: string): void {
    // A UTF-16 unit takes at most three bytes of UTF-8, so the length of a short string can be filled in afterwards.
    this.#reserve(value.length * 3 + 8)
    const start = this.#length
    if (value.length <= 84) {
      const written = this.#utf8(value, start + 1)
      this.#buffer[start] = written
      this.#length = start + 1 + written
    } else {
      // Assumes one byte per character for the size of the header; moves the bytes if a longer header is needed.
      const expected = start + (value.length < 254 ? 1 : 4)
      const written = this.#buffer.write(value, expected)
      const actual = start + (written < 254 ? 1 : 4)
      if (actual > expected) this.#buffer.copyWithin(actual, expected, expected + written)
      this.#bytesHeader(written)
      this.#length += written
    }
    this.#pad(start)
  }

  /** Returns everything written since the last call; the writer is empty afterwards. */
  take(): Buffer {
    return toBuffer(this.takeLazily())
  }

  /** Like {@link take}, but keeps lazy bytes lazy. */
  takeLazily(): Buffer | LazyBytes {
    if (this.#lazy.length === 0) return this.#takeWritten()
    const lazy = this.#lazy.splice(0)
    const written = this.#takeWritten()
    let start = 0
    const parts = lazy.flatMap(({ at, bytes }) => {
      const before = written.subarray(start, at)
      start = at
      return [before, bytes]
    })
    return joinBytes([...parts, written.subarray(start)])
  }

  clear(): void {
    this.#length = 0
    this.#lazy.length = 0
    if (this.#buffer.length > MAX_RETAINED) this.#replace(Buffer.allocUnsafeSlow(INITIAL_BYTES))
  }

  #takeWritten(): Buffer {
    const written = this.#buffer.subarray(0, this.#length)
    // Large buffers are handed over instead of copied.
    if (written.length > MAX_COPIED) this.#replace(Buffer.allocUnsafeSlow(INITIAL_BYTES))
    const bytes = written.length > MAX_COPIED ? written : copyOf(written)
    this.clear()
    return bytes
  }

  /** Short ASCII strings are copied here, because a call into the runtime costs more than the copy. */
  #utf8(value: string, offset: number): number {
    for (let index = 0; index < value.length; index += 1) {
      const unit = value.charCodeAt(index)
      if (unit > 0x7f) return this.#buffer.write(value, offset)
      this.#buffer[offset + index] = unit
    }
    return value.length
  }

  #bytesHeader(length: number): void {
    if (length < 254) {
      this.#buffer[this.#length] = length
      this.#length += 1
      return
    }
    if (length > MAX_BYTES)
      throw new TlEncodeError(`a string of ${length} bytes is too long for TL`)
    this.#view.setUint32(this.#length, ((length << 8) | 0xfe) >>> 0, true)
    this.#length += 4
  }

  #pad(start: number): void {
    while (((this.#length - start) & 3) !== 0) {
      this.#buffer[this.#length] = 0
      this.#length += 1
    }
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#replace(grown)
  }

  #replace(buffer: Buffer): void {
    this.#buffer = buffer
    this.#view = viewOf(buffer)
  }
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
