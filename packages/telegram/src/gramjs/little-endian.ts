import Helpers, { returnBigInt } from 'telegram/Helpers.js'

const WORD_BYTES = 8

/** The lowest `bytes` bytes of an integer in little-endian order; negative integers in two's complement. */
export function littleEndian(value: Parameters<typeof returnBigInt>[0], bytes = 8): Buffer {
  const words = Buffer.alloc(Math.ceil(bytes / WORD_BYTES) * WORD_BYTES)
  let rest = BigInt.asUintN(8 * bytes, BigInt(returnBigInt(value).toString()))
  for (let offset = 0; offset < bytes; offset += WORD_BYTES) {
    words.writeBigUInt64LE(BigInt.asUintN(64, rest), offset)
    rest >>= 64n
  }
  return words.subarray(0, bytes)
}

// Replaces GramJS's function, which creates two big integers per byte: a sixth of the CPU time of reading a history.
Object.assign(Helpers, { toSignedLittleBuffer: littleEndian })
