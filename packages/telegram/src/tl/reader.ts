/** Its first byte says that three bytes of length follow. */
const LONG_FORM = 254

/**
 * Reads TL's bare types one after the other (https://core.telegram.org/mtproto/serialize). Every method throws
 * RangeError where the bytes end too early.
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

  /** A constructor's id, a count, or flags. */
  uint(): number {
    const value = this.#view.getUint32(this.#at, true)
    this.#at += 4
    return value
  }

  /** Decimal. */
  long(): string {
    const low = this.#view.getUint32(this.#at, true)
    const high = this.#view.getInt32(this.#at + 4, true)
    // Within ±2^53 a number is exact, and much faster than a bigint.
    const isExact = high >= -(2 ** 21) && high < 2 ** 21
    const value = isExact ? high * 2 ** 32 + low : this.#view.getBigInt64(this.#at, true)
    this.#at += 8
    return String(value)
  }

  /** A `long` to calculate or compare with. */
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
   * Text that any layer above can store: every string of Telegram's answers is read here. NUL and bytes that are not
   * UTF-8 become replacement characters.
   */
  string(): string {
    const end = this.#endOfBytes()
    const value = this.#bytes.toString('utf8', this.#at, end)
    this.#at = padded(end)
    return value.includes(NUL) ? value.replaceAll(NUL, REPLACEMENT) : value
  }

  /** A view of what is read, not a copy. */
  bytes(): Buffer {
    const end = this.#endOfBytes()
    const value = this.#bytes.subarray(this.#at, end)
    this.#at = padded(end)
    return value
  }

  /** With memory of their own: they outlive what is read. */
  copiedBytes(): Buffer {
    return copyOf(this.bytes())
  }

  base64(): string {
    const end = this.#endOfBytes()
    const value = this.#bytes.toString('base64', this.#at, end)
    this.#at = padded(end)
    return value
  }

  /** So many bytes as they are: `int128`, `int256`. */
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

  /** Everything that has not been read. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#at)
  }

  /** The length of a vector. Each of its items takes four bytes or more. */
  count(): number {
    const count = this.uint()
    if (count * 4 > this.#bytes.length - this.#at) {
      throw new RangeError(`a vector of ${count} items does not fit`)
    }
    return count
  }

  /** Enters `bytes` or a `string`: one or four bytes of length, then the value. Answers where the value ends. */
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
 * What Postgres cannot keep in `text` or `jsonb`. The other such thing, a lone surrogate, does not survive the decoding
 * of UTF-8: it becomes replacement characters as well.
 */
const NUL = '\0'
/** Of the same length in UTF-16, so that the offsets of entities stay right. */
const REPLACEMENT = '\uFFFD'

/** Values are padded to a multiple of four bytes, of which everything before them is one. */
function padded(end: number): number {
  return (end + 3) & ~3
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
