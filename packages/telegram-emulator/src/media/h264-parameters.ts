/** Bits of an H.264 parameter set, most significant first (ITU-T H.264, 7.3.2.1 and 9.1). */
class BitWriter {
  #bits = ''

  fixed(value: number, bitCount: number): this {
    this.#bits += value.toString(2).padStart(bitCount, '0')
    return this
  }

  expGolomb(value: number): this {
    const code = (value + 1).toString(2)
    this.#bits += code.padStart(2 * code.length - 1, '0')
    return this
  }

  /** The bytes with a stop bit, and with emulation prevention bytes against start codes. */
  finish(): Buffer {
    const padded = `${this.#bits}1`.replace(/$/, '0'.repeat(7 - (this.#bits.length % 8)))
    const bytes: number[] = []
    for (let at = 0; at < padded.length; at += 8) {
      const byte = Number.parseInt(padded.slice(at, at + 8), 2)
      if (byte <= 3 && bytes.at(-1) === 0 && bytes.at(-2) === 0) bytes.push(3)
      bytes.push(byte)
    }
    return Buffer.from(bytes)
  }
}

const MACROBLOCK = 16

/** A sequence parameter set of the baseline profile for a picture of the given size, cropped to even sides. */
function sequenceParameters(width: number, height: number): Buffer {
  const columns = Math.ceil(width / MACROBLOCK)
  const rows = Math.ceil(height / MACROBLOCK)
  const bits = new BitWriter()
    .fixed(0x67, 8)
    .fixed(66, 8)
    .fixed(0xc0, 8)
    .fixed(40, 8)
    .expGolomb(0)
    .expGolomb(0)
    .expGolomb(2)
    .expGolomb(1)
    .fixed(0, 1)
    .expGolomb(columns - 1)
    .expGolomb(rows - 1)
    .fixed(0b11, 2)
  const right = Math.floor((columns * MACROBLOCK - width) / 2)
  const bottom = Math.floor((rows * MACROBLOCK - height) / 2)
  if (right + bottom > 0) {
    bits.fixed(1, 1).expGolomb(0).expGolomb(right).expGolomb(0).expGolomb(bottom)
  } else {
    bits.fixed(0, 1)
  }
  return bits.fixed(0, 1).finish()
}

/** The `avcC` payload: one sequence and one picture parameter set (ISO/IEC 14496-15, 5.3.3). */
export function avcConfiguration(width: number, height: number): Buffer {
  const sequence = sequenceParameters(width, height)
  const picture = Buffer.from([0x68, 0xce, 0x38, 0x80])
  return Buffer.concat([
    Buffer.from([1, 66, 0xc0, 40, 0xff, 0xe1, sequence.length >> 8, sequence.length & 0xff]),
    sequence,
    Buffer.from([1, 0, picture.length]),
    picture,
  ])
}
