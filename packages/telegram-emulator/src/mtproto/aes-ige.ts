import { createCipheriv, createSecretKey } from 'node:crypto'
import { release } from '../memory/release.ts'
import { assemble, load, offset, store, xor } from '../wasm/assemble.ts'
import { decryptIgeWords } from './aes-ige-decrypt.ts'

/**
 * AES-256 in IGE mode: C[i] = E(P[i] ^ C[i-1]) ^ P[i-1]. Data comes in multiples of 16 bytes; the key has 32, the iv
 * 32 of which the first half stands for C[0] and the second for P[0].
 *
 * Encryption rides on native CBC: with D[i] = C[i] ^ P[i-1] the mode reads D[i] = E(P[i] ^ P[i-2] ^ D[i-1]), which is
 * CBC over P[i] ^ P[i-2]. What is left are two passes of exclusive or, made by WebAssembly, 16 bytes at a time, over
 * chunks that stay in the processor's cache.
 */
const BLOCK = 16
const CHUNK = 32_768

// Before the plain chunk lie the two blocks that precede it.
const EARLIER = 0
const PLAIN = EARLIER + 2 * BLOCK
const MIXED = PLAIN + CHUNK
const OUTPUT = MIXED + CHUNK

const { memory, functions } = assemble(OUTPUT + CHUNK, {
  /** MIXED[i] = PLAIN[i] ^ PLAIN[i-2] */
  mix: [
    ...offset,
    ...offset,
    ...load(PLAIN),
    ...offset,
    ...load(PLAIN - 2 * BLOCK),
    ...xor,
    ...store(MIXED),
  ],
  /** OUTPUT[i] = OUTPUT[i] ^ PLAIN[i-1] */
  unmix: [
    ...offset,
    ...offset,
    ...load(OUTPUT),
    ...offset,
    ...load(PLAIN - BLOCK),
    ...xor,
    ...store(OUTPUT),
  ],
})

/** Encrypts in place. */
export function igeEncryptInPlace(data: Buffer, key: Buffer, iv: Buffer): void {
  // Node takes far longer to look at a key of bytes than at one that says what it is.
  const secret = createSecretKey(key)
  const cipher = createCipheriv('aes-256-cbc', secret, iv.subarray(0, BLOCK)).setAutoPadding(false)
  memory.fill(0, EARLIER, BLOCK)
  memory.set(iv.subarray(BLOCK), EARLIER + BLOCK)
  for (let start = 0; start < data.length; start += CHUNK) {
    const chunk = data.subarray(start, start + CHUNK)
    const { length } = chunk
    memory.set(chunk, PLAIN)
    functions.mix(length)
    const output = cipher.update(memory.subarray(MIXED, MIXED + length))
    memory.set(output, OUTPUT)
    release(output)
    functions.unmix(length)
    chunk.set(memory.subarray(OUTPUT, OUTPUT + length))
    memory.copyWithin(EARLIER, EARLIER + length, PLAIN + length)
  }
}

export function igeEncrypt(plain: Buffer, key: Buffer, iv: Buffer): Buffer {
  const data = Buffer.from(plain)
  igeEncryptInPlace(data, key, iv)
  return data
}

export function igeDecrypt(encrypted: Buffer, key: Buffer, iv: Buffer): Buffer {
  return bytes(decryptIgeWords(key, aligned(iv), aligned(encrypted)))
}

/** A copy, as a typed array may not start at an odd address. */
function aligned(buffer: Buffer): Int32Array {
  const copy = new Uint8Array(buffer.length)
  copy.set(buffer)
  return new Int32Array(copy.buffer)
}

function bytes(array: Int32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength)
}
