import { createHash, randomBytes } from 'node:crypto'
import { IGE } from 'telegram/crypto/IGE.js'

/** What a client sealed (https://core.telegram.org/mtproto/description), as its data centre opens it. */
export function openSent(key: Buffer, sealed: Buffer) {
  const messageKey = sealed.subarray(8, 24)
  const plain = new IGE(...cipherOf(messageKey, key, 0)).decryptIge(sealed.subarray(24))
  const expected = sha256(key.subarray(88, 120), plain).subarray(8, 24)
  if (!expected.equals(messageKey) || !sealed.subarray(0, 8).equals(keyIdOf(key))) {
    throw new Error('not sealed with this key')
  }
  return {
    salt: plain.readBigInt64LE(0),
    sessionId: plain.subarray(8, 16),
    /** With its padding. */
    plain: plain.subarray(16),
  }
}

export interface Answer {
  readonly sessionId: Buffer
  readonly id: bigint
  readonly body: Buffer
  /** At least so many bytes of it. */
  readonly padding?: number
}

/** A message of the data centre to a client. */
export function sealAnswer(key: Buffer, { sessionId, id, body, padding = 12 }: Answer): Buffer {
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
