/** First byte of a long string or bytes value: its length follows in 3 bytes. */
const LONG_FORM = 254

/**
 * Reads TL's bare types sequentially (https://core.telegram.org/mtproto/serialize). Every method throws RangeError when
 * the bytes end too early.
 */
export class TlReader {
  readonly #bytes: Buffer
  readonly #view: DataView
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  int(): number {
    const value = this.#view.getInt32(this.#at, true)
    this.#at += 4
    return value
  }

  /** An unsigned 32-bit integer: a constructor id, a count, or flags. */
  uint(): number {
    const value = this.#view.getUint32(this.#at, true)
    this.#at += 4
    return value
  }

  /** A signed 64-bit integer as decimal digits. */
  long(): string {
    const low = this.#view.getUint32(this.#at, true)
    const high = this.#view.getInt32(this.#at + 4, true)
    // Within ±2^53 a number is exact, and much faster than a BigInt.
    const isExact = high >= -(2 ** 21) && high < 2 ** 21
    const value = isExact ? high * 2 ** 32 + low : this.#view.getBigInt64(this.#at, true)
    this.#at += 8
    return String(value)
  }

  /** A signed 64-bit integer as BigInt. */
  bigint(): bigint {
    const value = this.#view.getBigInt64(this.#at, true)
    this.#at += 8
    return value
  }

  double(): number {
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  /**
   * Text that Postgres can store: NUL and invalid UTF-8 become U+FFFD. Every string of Telegram's answers is read here.
   */
  string(): string {
    const end = this.#endOfBytes()
    const value = this.#bytes.toString('utf8', this.#at, end)
    this.#at = padded(end)
    return value.includes(NUL) ? value.replaceAll(NUL, REPLACEMENT) : value
  }

  /** A view of the input, not a copy. */
  bytes(): Buffer {
    const end = this.#endOfBytes()
    const value = this.#bytes.subarray(this.#at, end)
    this.#at = padded(end)
    return value
  }

  /** A copy: stays valid after the input is freed. */
  copiedBytes(): Buffer {
    return copyOf(this.bytes())
  }

  base64(): string {
    const end = this.#endOfBytes()
    const value = this.#bytes.toString('base64', this.#at, end)
    this.#at = padded(end)
    return value
  }

  /** `length` raw bytes, such as `int128` and `int256`; a view of the input. */
  fixed(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError(`${length} bytes do not fit`)
    const value = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return value
  }

  copiedFixed(length: number): Buffer {
    return copyOf(this.fixed(length))
  }

  /** The unread bytes; a view of the input. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#at)
  }

  /** The length of a vector. Bounded by the unread bytes: every item has at least 4. */
  count(): number {
    const count = this.uint()
    if (count * 4 > this.#bytes.length - this.#at) {
      throw new RangeError(`a vector of ${count} items does not fit`)
    }
    return count
  }

  /** Reads the length prefix (1 or 4 bytes) of `bytes` or `string` and moves to the value. Returns the value's end. */
  #endOfBytes(): number {
    const first = this.#view.getUint8(this.#at)
    if (first !== LONG_FORM) return this.#valueAt(this.#at + 1, first)
    return this.#valueAt(this.#at + 4, this.#view.getUint32(this.#at, true) >>> 8)
  }

  #valueAt(start: number, length: number): number {
    this.#at = start
    const end = start + length
    if (padded(end) > this.#bytes.length) throw new RangeError(`${length} bytes do not fit`)
    return end
  }
}

/**
 * Postgres cannot store NUL in `text` or `jsonb`. It cannot store a lone surrogate either, but Node's UTF-8 decoding
 * already replaces those.
 */
const NUL = '\0'
/** One UTF-16 code unit, as NUL is: entity offsets stay valid. */
const REPLACEMENT = '\uFFFD'

/** End of a value with its padding: TL pads every value to a multiple of 4 bytes. */
function padded(end: number): number {
  return (end + 3) & ~3
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
