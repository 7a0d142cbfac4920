import { createCipheriv, createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { __getWasm, getWasmUrl, initSync } from '@mtcute/wasm'
import { release } from '../memory/release.ts'

/**
 * AES-256 in IGE mode: C[i] = E(P[i] ^ C[i-1]) ^ P[i-1]. The data length is a multiple of 16 bytes. Key and iv have 32
 * bytes; the first half of the iv is C[-1], the second P[-1].
 *
 * Decryption uses @mtcute/wasm. Encryption uses native CBC, which is faster: with D[i] = C[i] ^ P[i-1] the mode becomes
 * D[i] = E(P[i] ^ P[i-2] ^ D[i-1]), which is CBC over P[i] ^ P[i-2]. Decryption has no such form.
 */
const BLOCK_BYTES = 16
const BLOCK = BLOCK_BYTES / 4
/** Bytes per step: small enough that the output of one step is still in the processor's cache for the next. */
const CHUNK_BYTES = 32_768

initSync(readFileSync(getWasmUrl()))
// Direct access to the WebAssembly exports: the package's own functions allocate memory on every call.
const wasm = __getWasm()
const keyAt = wasm.__get_shared_key_buffer()
const ivAt = wasm.__get_shared_iv_buffer()

/** The two blocks that precede the chunk, then the chunk. */
const plainBytes = new Uint8Array(2 * BLOCK_BYTES + CHUNK_BYTES)
const plain = new Int32Array(plainBytes.buffer)
const mixedBytes = new Uint8Array(CHUNK_BYTES)
const mixed = new Int32Array(mixedBytes.buffer)

/** Encrypts in place. */
export function igeEncryptInPlace(data: Buffer, key: Buffer, iv: Buffer): void {
  // Node takes far longer to import a key from bytes than to use a KeyObject.
  const secret = createSecretKey(key)
  const cipher = createCipheriv('aes-256-cbc', secret, iv.subarray(0, BLOCK_BYTES))
  cipher.setAutoPadding(false)
  plain.fill(0, 0, BLOCK)
  plainBytes.set(iv.subarray(BLOCK_BYTES), BLOCK_BYTES)
  for (let start = 0; start < data.length; start += CHUNK_BYTES) {
    const chunk = data.subarray(start, start + CHUNK_BYTES)
    const { length } = chunk
    plainBytes.set(chunk, 2 * BLOCK_BYTES)
    for (let i = 0; i < length / 4; i++) mixed[i] = at(plain, i + 2 * BLOCK) ^ at(plain, i)
    const output = cipher.update(mixedBytes.subarray(0, length))
    mixedBytes.set(output)
    release(output)
    for (let i = 0; i < length / 4; i++) mixed[i] = at(mixed, i) ^ at(plain, i + BLOCK)
    chunk.set(mixedBytes.subarray(0, length))
    plainBytes.copyWithin(0, length, length + 2 * BLOCK_BYTES)
  }
}

export function igeEncrypt(data: Buffer, key: Buffer, iv: Buffer): Buffer {
  const encrypted = Buffer.from(data)
  igeEncryptInPlace(encrypted, key, iv)
  return encrypted
}

export function igeDecrypt(data: Buffer, key: Buffer, iv: Buffer): Buffer {
  const { inputAt, outputAt } = roomFor(data.length)
  const memory = new Uint8Array(wasm.memory.buffer)
  memory.set(data, inputAt)
  memory.set(key, keyAt)
  memory.set(iv, ivAt)
  wasm.ige256_decrypt(inputAt, data.length, outputAt)
  return Buffer.from(memory.subarray(outputAt, outputAt + data.length))
}

/** Input and output buffers in WebAssembly memory, grown to the longest data so far. */
let room = { bytes: 0, inputAt: 0, outputAt: 0 }

function roomFor(bytes: number): typeof room {
  if (room.bytes >= bytes) return room
  if (room.bytes > 0) wasm.__free(room.inputAt)
  const inputAt = wasm.__malloc(2 * bytes)
  room = { bytes, inputAt, outputAt: inputAt + bytes }
  return room
}

/** The index is in range by construction. */
function at(words: Int32Array, index: number): number {
  return words[index] as number
}
