import { createHash, hash } from 'node:crypto'

/** The encrypting side: each direction uses different parts of the auth key. */
export type Sender = 'client' | 'server'

export interface AesParameters {
  /** 32 bytes. */
  readonly key: Buffer
  /** 32 bytes, for the IGE mode. */
  readonly iv: Buffer
}

/** `msg_key` of a message with its padding: https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector */
export function messageKeyOf(authKey: Buffer, plain: Buffer, sender: Sender): Buffer {
  const offset = 88 + offsetOf(sender)
  return sha256(authKey.subarray(offset, offset + 32), plain).subarray(8, 24)
}

/**
 * The token of a quick ack: the first four bytes of the hash whose middle is `msg_key`, with the top bit set.
 * https://core.telegram.org/mtproto/mtproto-transports#quick-ack
 */
export function quickAckToken(authKey: Buffer, plain: Buffer): number {
  const offset = 88 + offsetOf('client')
  return (sha256(authKey.subarray(offset, offset + 32), plain).readUInt32LE() | 0x8000_0000) >>> 0
}

/** Key and iv of a message with this `msg_key`, in MTProto 2.0. */
export function messageAes(authKey: Buffer, messageKey: Buffer, sender: Sender): AesParameters {
  const x = offsetOf(sender)
  const derived = sha256(messageKey, authKey.subarray(x, x + 36))
  const other = sha256(authKey.subarray(x + 40, x + 76), messageKey)
  const [key, iv] = [Buffer.from(derived), Buffer.from(other)]
  key.set(other.subarray(8, 24), 8)
  iv.set(derived.subarray(8, 24), 8)
  return { key, iv }
}

/**
 * Key and iv of the Diffie-Hellman exchange:
 * https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication
 */
export function handshakeAes(newNonce: Buffer, serverNonce: Buffer): AesParameters {
  const serverNew = sha1(serverNonce, newNonce)
  return {
    key: Buffer.concat([sha1(newNonce, serverNonce), serverNew.subarray(0, 12)]),
    iv: Buffer.concat([serverNew.subarray(12), sha1(newNonce, newNonce), newNonce.subarray(0, 4)]),
  }
}

/** `new_nonce_hash1`, `2` or `3`: proves the outcome of an exchange to the client. */
export function newNonceHash(newNonce: Buffer, outcome: 1 | 2 | 3, authKey: Buffer): Buffer {
  return sha1(newNonce, Buffer.of(outcome), sha1(authKey).subarray(0, 8)).subarray(4)
}

function offsetOf(sender: Sender): number {
  return sender === 'client' ? 0 : 8
}

/** Up to this size, copying is faster than an incremental hash. */
const MAX_COPIED = 16_384

function sha256(first: Buffer, second: Buffer): Buffer {
  if (first.length + second.length <= MAX_COPIED) {
    return hash('sha256', Buffer.concat([first, second]), 'buffer')
  }
  return createHash('sha256').update(first).update(second).digest()
}

function sha1(...parts: Buffer[]): Buffer {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
