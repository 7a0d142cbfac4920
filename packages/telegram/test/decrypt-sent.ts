import { createDecipheriv, createHash } from 'node:crypto'

/**
 * Decrypts what a client sent over the full TCP transport with this auth key: one buffer per encrypted
 * message, without its salt and session id (https://core.telegram.org/mtproto/description).
 */
export function decryptSent(stream: Buffer, authKey: Buffer): Buffer[] {
  const keyId = createHash('sha1').update(authKey).digest().subarray(12)
  return framesOf(stream)
    .filter((frame) => frame.subarray(0, 8).equals(keyId))
    .map((frame) => decrypt(frame.subarray(8, 24), frame.subarray(24), authKey).subarray(16))
}

/** Payloads of the frames: each frame is length, sequence number, payload, CRC-32. */
function framesOf(stream: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at + 4 <= stream.length;) {
    const length = stream.readUInt32LE(at)
    frames.push(stream.subarray(at + 8, at + length - 4))
    at += length
  }
  return frames
}

function decrypt(messageKey: Buffer, data: Buffer, authKey: Buffer): Buffer {
  const a = sha256(messageKey, authKey.subarray(0, 36))
  const b = sha256(authKey.subarray(40, 76), messageKey)
  const key = Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)])
  const iv = Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)])
  return decryptIge(data, key, iv)
}

function sha256(...parts: readonly Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest()
}

/** AES-256-IGE: each block is chained with the previous plain and the previous encrypted one. */
function decryptIge(data: Buffer, key: Buffer, iv: Buffer): Buffer {
  const cipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  let previousEncrypted = iv.subarray(0, 16)
  let previousPlain = iv.subarray(16)
  const blocks: Buffer[] = []
  for (let at = 0; at < data.length; at += 16) {
    const encrypted = data.subarray(at, at + 16)
    previousPlain = xor(cipher.update(xor(encrypted, previousPlain)), previousEncrypted)
    previousEncrypted = encrypted
    blocks.push(previousPlain)
  }
  return Buffer.concat(blocks)
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)))
}
