import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { __getWasm, getWasmUrl, initSync, type MtcuteWasmModule } from '@mtcute/wasm'

/**
 * AES-256 in IGE mode, C[i] = E(P[i] ^ C[i-1]) ^ P[i-1], which Node does not offer. The data's length is a multiple of
 * 16 bytes. Key and iv have 32 bytes each; the iv is C[-1] followed by P[-1].
 */
initSync(readFileSync(getWasmUrl()))
// The raw exports are used, because the package's own functions allocate WebAssembly memory on every call.
const wasm = __getWasm()
const keyAt = wasm.__get_shared_key_buffer()
const ivAt = wasm.__get_shared_iv_buffer()

const BLOCK_BYTES = 16
/** From this size on, Node's native cipher is faster than WebAssembly, despite its set-up cost. */
const NATIVE_FROM_BYTES = 4096

/** Decrypts `data` in place. */
export function igeDecrypt(data: Buffer, key: Buffer, iv: Buffer): void {
  inWasm(wasm.ige256_decrypt, { data, key, iv }, data)
}

/** Returns the encrypted data; `data` is not changed. */
export function igeEncrypt(data: Buffer, key: Buffer, iv: Buffer): Buffer {
  if (data.length >= NATIVE_FROM_BYTES) return encryptByCbc(data, key, iv)
  const encrypted = Buffer.allocUnsafe(data.length)
  inWasm(wasm.ige256_encrypt, { data, key, iv }, encrypted)
  return encrypted
}

/** Input and output buffers in WebAssembly's memory. They grow to the longest data so far and are never freed. */
let scratch = { bytes: 0, inputAt: 0, outputAt: 0 }

function scratchFor(bytes: number): typeof scratch {
  if (scratch.bytes >= bytes) return scratch
  if (scratch.bytes > 0) wasm.__free(scratch.inputAt)
  const inputAt = wasm.__malloc(2 * bytes)
  scratch = { bytes, inputAt, outputAt: inputAt + bytes }
  return scratch
}

interface CipherInput {
  readonly data: Buffer
  readonly key: Buffer
  readonly iv: Buffer
}

function inWasm(
  cipher: MtcuteWasmModule['ige256_decrypt'],
  { data, key, iv }: CipherInput,
  output: Buffer,
): void {
  const { inputAt, outputAt } = scratchFor(data.length)
  const memory = new Uint8Array(wasm.memory.buffer)
  memory.set(data, inputAt)
  memory.set(key, keyAt)
  memory.set(iv, ivAt)
  cipher(inputAt, data.length, outputAt)
  output.set(memory.subarray(outputAt, outputAt + data.length))
}

/**
 * IGE encryption by Node's CBC. With D[i] = C[i] ^ P[i-1], IGE becomes D[i] = E(P[i] ^ P[i-2] ^ D[i-1]): CBC over
 * P[i] ^ P[i-2]. Decryption has no such form.
 */
function encryptByCbc(data: Buffer, key: Buffer, iv: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, iv.subarray(0, BLOCK_BYTES))
  // P[-2] is defined as zero, so the first block is P[0] alone.
  const plain = words(Buffer.concat([Buffer.alloc(BLOCK_BYTES), iv.subarray(BLOCK_BYTES), data]))
  const BLOCK = BLOCK_BYTES / 4
  const mixed = new Int32Array(data.length / 4)
  for (let i = 0; i < mixed.length; i++) mixed[i] = at(plain, i + 2 * BLOCK) ^ at(plain, i)
  const encrypted = words(cipher.setAutoPadding(false).update(new Uint8Array(mixed.buffer)))
  for (let i = 0; i < mixed.length; i++) mixed[i] = at(encrypted, i) ^ at(plain, i + BLOCK)
  return Buffer.from(mixed.buffer)
}

/** The bytes as 32-bit words: the same memory when aligned, else a copy. */
function words(bytes: Buffer): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Int32Array(aligned.buffer, aligned.byteOffset, bytes.length / 4)
}

/** Array access without bounds check: callers guarantee the index. */
function at(array: Int32Array, index: number): number {
  return array[index] as number
}
