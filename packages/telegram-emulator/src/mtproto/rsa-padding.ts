import { createHash, timingSafeEqual } from 'node:crypto'
import type { TlObject } from '../tl/object.ts'
import type { SchemaSet } from '../tl/schema.ts'
import { igeDecrypt } from './aes-ige.ts'
import { ProtocolError } from './protocol-error.ts'
import type { RsaKey } from './rsa.ts'

const RSA_BYTES = 256
const HASH_BYTES = 32
const ZERO_IV = Buffer.alloc(32)

/**
 * Decrypts `req_DH_params.encrypted_data`: RSA_PAD (https://core.telegram.org/mtproto/auth_key), or the older format of
 * SHA-1, data and random bytes.
 *
 * @throws ProtocolError if it is neither
 */
export function openRsa(key: RsaKey, schema: SchemaSet, encrypted: Buffer): TlObject {
  if (encrypted.length !== RSA_BYTES) throw new ProtocolError('RSA data of a wrong length', -404)
  const raw = rawDecrypt(key, encrypted)
  const padded = openPadded(raw)
  if (padded !== null) return schema.decodePrefix(padded).value
  // The older format has 255 bytes: SHA-1, data, random bytes.
  const { value, length } = schema.decodePrefix(raw.subarray(21))
  const digest = createHash('sha1')
    .update(raw.subarray(21, 21 + length))
    .digest()
  if (!timingSafeEqual(digest, raw.subarray(1, 21))) {
    throw new ProtocolError('RSA data with a wrong hash', -404)
  }
  return value
}

function rawDecrypt(key: RsaKey, encrypted: Buffer): Buffer {
  try {
    return key.decrypt(encrypted)
  } catch (cause) {
    throw new ProtocolError(`RSA data not below the modulus: ${String(cause)}`, -404)
  }
}

function openPadded(raw: Buffer): Buffer | null {
  const encrypted = raw.subarray(HASH_BYTES)
  const mask = createHash('sha256').update(encrypted).digest()
  const temporaryKey = Buffer.from(mask.map((byte, index) => byte ^ raw.readUInt8(index)))
  const opened = igeDecrypt(encrypted, temporaryKey, ZERO_IV)
  const hashStart = opened.length - HASH_BYTES
  const data = Buffer.from(opened.subarray(0, hashStart).toReversed())
  const digest = createHash('sha256').update(temporaryKey).update(data).digest()
  return timingSafeEqual(digest, opened.subarray(hashStart)) ? data : null
}
