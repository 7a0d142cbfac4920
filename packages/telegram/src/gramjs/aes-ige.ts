import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { __getWasm, getWasmUrl, initSync, type MtcuteWasmModule } from '@mtcute/wasm'

/**
 * AES-256 in IGE mode, C[i] = E(P[i] ^ C[i-1]) ^ P[i-1], which Node does not offer. Data comes in multiples of 16
 * bytes; the key has 32, the iv 32 of which the first half stands for C[-1] and the second for P[-1].
 */
initSync(readFileSync(getWasmUrl()))
// Its own functions allocate memory for every call.
const wasm = __getWasm()
const keyAt = wasm.__get_shared_key_buffer()
const ivAt = wasm.__get_shared_iv_buffer()

const BLOCK_BYTES = 16
/** Below this, setting a native cipher up costs more than WebAssembly's slower rounds. */
const NATIVE_FROM_BYTES = 4096

/** In place. */
export function igeDecrypt(data: Buffer, key: Buffer, iv: Buffer): void {
  inWasm(wasm.ige256_decrypt, { data, key, iv }, data)
}

export function igeEncrypt(data: Buffer, key: Buffer, iv: Buffer): Buffer {
  if (data.length >= NATIVE_FROM_BYTES) return encryptByCbc(data, key, iv)
  const encrypted = Buffer.allocUnsafe(data.length)
  inWasm(wasm.ige256_encrypt, { data, key, iv }, encrypted)
  return encrypted
}

/** Where data is worked on in WebAssembly's memory; it grows to the longest there ever was. */
let room = { bytes: 0, inputAt: 0, outputAt: 0 }

function roomFor(bytes: number): typeof room {
  if (room.bytes >= bytes) return room
  if (room.bytes > 0) wasm.__free(room.inputAt)
  const inputAt = wasm.__malloc(2 * bytes)
  room = { bytes, inputAt, outputAt: inputAt + bytes }
  return room
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
  const { inputAt, outputAt } = roomFor(data.length)
  const memory = new Uint8Array(wasm.memory.buffer)
  memory.set(data, inputAt)
  memory.set(key, keyAt)
  memory.set(iv, ivAt)
  cipher(inputAt, data.length, outputAt)
  output.set(memory.subarray(outputAt, outputAt + data.length))
}

/**
 * With D[i] = C[i] ^ P[i-1] the mode reads D[i] = E(P[i] ^ P[i-2] ^ D[i-1]): CBC, which is native, over P[i] ^ P[i-2].
 * For decryption there is no such form.
 */
function encryptByCbc(data: Buffer, key: Buffer, iv: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, iv.subarray(0, BLOCK_BYTES))
  // P[-2] is zero, and so falls out of the first block.
  const plain = words(Buffer.concat([Buffer.alloc(BLOCK_BYTES), iv.subarray(BLOCK_BYTES), data]))
  const BLOCK = BLOCK_BYTES / 4
  const mixed = new Int32Array(data.length / 4)
  for (let i = 0; i < mixed.length; i++) mixed[i] = at(plain, i + 2 * BLOCK) ^ at(plain, i)
  const encrypted = words(cipher.setAutoPadding(false).update(new Uint8Array(mixed.buffer)))
  for (let i = 0; i < mixed.length; i++) mixed[i] = at(encrypted, i) ^ at(plain, i + BLOCK)
  return Buffer.from(mixed.buffer)
}

/** The same memory where it is aligned, else a copy. */
function words(bytes: Buffer): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Int32Array(aligned.buffer, aligned.byteOffset, bytes.length / 4)
}

/** The index is in range by construction. */
function at(array: Int32Array, index: number): number {
  return array[index] as number
}
