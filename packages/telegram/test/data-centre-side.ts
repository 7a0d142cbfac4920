import { createHash, randomBytes } from 'node:crypto'
import { IGE } from 'telegram/crypto/IGE.js'

/** Decrypts a client's message as the data centre does (https://core.telegram.org/mtproto/description). */
export function decryptRequest(key: Buffer, encrypted: Buffer) {
  const messageKey = encrypted.subarray(8, 24)
  const plain = new IGE(...cipherOf(messageKey, key, 0)).decryptIge(encrypted.subarray(24))
  const expected = sha256(key.subarray(88, 120), plain).subarray(8, 24)
  if (!expected.equals(messageKey) || !encrypted.subarray(0, 8).equals(keyIdOf(key))) {
    throw new Error('not encrypted with this key')
  }
  return {
    salt: plain.readBigInt64LE(0),
    sessionId: plain.subarray(8, 16),
    /** GramJS's data and the padding. */
    plain: plain.subarray(16),
  }
}

export interface Answer {
  readonly sessionId: Buffer
  readonly id: bigint
  readonly body: Buffer
  /** Smallest number of padding bytes. */
  readonly padding?: number
}

/** Encrypts a message as the data centre does. */
export function encryptAnswer(key: Buffer, { sessionId, id, body, padding = 12 }: Answer): Buffer {
  const head = Buffer.alloc(32)
  sessionId.copy(head, 8)
  head.writeBigInt64LE(id, 16)
  head.writeInt32LE(1, 24)
  head.writeInt32LE(body.length, 28)
  const toBlocks = -(body.length + padding) & 15
  const plain = Buffer.concat([head, body, randomBytes(padding + toBlocks)])
  const messageKey = sha256(key.subarray(96, 128), plain).subarray(8, 24)
  const encrypted = new IGE(...cipherOf(messageKey, key, 8)).encryptIge(plain)
  return Buffer.concat([keyIdOf(key), messageKey, encrypted])
}

function cipherOf(messageKey: Buffer, key: Buffer, x: 0 | 8): [Buffer, Buffer] {
  const a = sha256(messageKey, key.subarray(x, x + 36))
  const b = sha256(key.subarray(x + 40, x + 76), messageKey)
  return [
    Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)]),
    Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)]),
  ]
}

function keyIdOf(key: Buffer): Buffer {
  return createHash('sha1').update(key).digest().subarray(12)
}

function sha256(...parts: readonly Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest()
}
