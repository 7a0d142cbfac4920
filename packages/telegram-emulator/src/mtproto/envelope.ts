import { timingSafeEqual } from 'node:crypto'
import { writeBytes, type LazyBytes } from '../memory/lazy-bytes.ts'
import { igeDecrypt, igeEncryptInPlace } from './aes-ige.ts'
import type { AuthKey } from './auth-key.ts'
import { messageAes, messageKeyOf, type Sender } from './key-derivation.ts'
import { ProtocolError } from './protocol-error.ts'
import { fillWithPadding } from './random-padding.ts'

/**
 * MTProto 2.0 encryption: https://core.telegram.org/mtproto/description
 *
 * auth_key_id, msg_key, then encrypted: salt, session id, message id, sequence number, length, body, padding.
 */

export interface Envelope {
  readonly salt: bigint
  readonly sessionId: bigint
  readonly messageId: bigint
  readonly seqNo: number
  readonly body: Buffer
}

/** An envelope before encryption. */
export type Unsealed = Omit<Envelope, 'body'> & { readonly body: Buffer | LazyBytes }

export interface OpenedEnvelope extends Envelope {
  /** The decrypted bytes, including padding. */
  readonly plain: Buffer
}

const HEADER_BYTES = 32
const OUTER_BYTES = 24
const MIN_PADDING = 12
const MAX_PADDING = 1024

export function sealEnvelope(
  key: Pick<AuthKey, 'id' | 'bytes'>,
  envelope: Unsealed,
  sender: Sender,
): Buffer {
  const { body } = envelope
  const filled = HEADER_BYTES + body.length
  const length = filled + MIN_PADDING + ((32 - ((filled + MIN_PADDING) % 16)) % 16)
  const payload = Buffer.allocUnsafeSlow(OUTER_BYTES + length)
  const plain = payload.subarray(OUTER_BYTES)
  plain.writeBigInt64LE(envelope.salt, 0)
  plain.writeBigInt64LE(envelope.sessionId, 8)
  plain.writeBigInt64LE(envelope.messageId, 16)
  plain.writeInt32LE(envelope.seqNo, 24)
  plain.writeInt32LE(body.length, 28)
  writeBytes(body, plain.subarray(HEADER_BYTES, filled))
  fillWithPadding(plain.subarray(filled))
  const messageKey = messageKeyOf(key.bytes, plain, sender)
  const aes = messageAes(key.bytes, messageKey, sender)
  payload.write(key.id, 0, 'hex')
  payload.set(messageKey, 8)
  igeEncryptInPlace(plain, aes.key, aes.iv)
  return payload
}

/**
 * Opens an envelope of {@link sealEnvelope}.
 *
 * @throws ProtocolError if it was sealed with another key, or its lengths are invalid
 */
export function openEnvelope(
  key: Pick<AuthKey, 'bytes'>,
  payload: Buffer,
  sender: Sender,
): OpenedEnvelope {
  const encrypted = payload.subarray(OUTER_BYTES)
  if (encrypted.length < HEADER_BYTES + 16 || encrypted.length % 16 !== 0) {
    throw new ProtocolError('an encrypted message of a wrong length', -404)
  }
  const messageKey = payload.subarray(8, OUTER_BYTES)
  const aes = messageAes(key.bytes, messageKey, sender)
  const plain = igeDecrypt(encrypted, aes.key, aes.iv)
  if (!timingSafeEqual(messageKeyOf(key.bytes, plain, sender), messageKey)) {
    throw new ProtocolError('a wrong msg_key', -404)
  }
  const length = plain.readInt32LE(28)
  const padding = plain.length - HEADER_BYTES - length
  if (length < 4 || length % 4 !== 0 || padding < MIN_PADDING || padding > MAX_PADDING) {
    throw new ProtocolError('a wrong message length', -404)
  }
  return {
    plain,
    salt: plain.readBigInt64LE(0),
    sessionId: plain.readBigInt64LE(8),
    messageId: plain.readBigInt64LE(16),
    seqNo: plain.readInt32LE(24),
    body: plain.subarray(HEADER_BYTES, HEADER_BYTES + length),
  }
}
