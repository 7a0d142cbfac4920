import { createHash } from 'node:crypto'

/**
 * The stored credentials of a login: the home data centre, and one auth key per data centre (256 bytes, base64).
 * They give full access to the account and are stored encrypted. They contain no addresses.
 */
export interface SessionAuth {
  readonly dcId: number
  readonly keys: Readonly<Record<string, string>>
}

const AUTH_KEY_BYTES = 256

/** The auth key of one data centre, or undefined. Throws TypeError when the stored value is not 256 bytes. */
export function authKeyOf(auth: SessionAuth, dcId: number): Buffer | undefined {
  const encoded = auth.keys[dcId]
  if (encoded === undefined) return undefined
  const key = Buffer.from(encoded, 'base64')
  if (key.length !== AUTH_KEY_BYTES) {
    throw new TypeError(`the auth key of DC ${dcId} has ${key.length} bytes, not ${AUTH_KEY_BYTES}`)
  }
  return key
}

/** Credentials with a single auth key, such as an imported one. */
export function authOfKey(dcId: number, key: Buffer): SessionAuth {
  return withAuthKey({ dcId, keys: {} }, dcId, key)
}

/**
 * The auth_key_id of the home data centre's key: the low 64 bits of its SHA-1, sent unencrypted with every message
 * (https://core.telegram.org/mtproto/description#authorization-key-identifier). Throws TypeError without such a key.
 */
export function authKeyIdOf(auth: SessionAuth): bigint {
  const key = authKeyOf(auth, auth.dcId)
  if (!key) throw new TypeError(`the login has no key for its home, DC ${auth.dcId}`)
  return createHash('sha1').update(key).digest().readBigInt64LE(12)
}

export function withAuthKey(auth: SessionAuth, dcId: number, key: Buffer): SessionAuth {
  return { ...auth, keys: { ...auth.keys, [dcId]: key.toString('base64') } }
}

export function withoutAuthKey(auth: SessionAuth, dcId: number): SessionAuth {
  const keys = Object.fromEntries(Object.entries(auth.keys).filter(([id]) => id !== String(dcId)))
  return { ...auth, keys }
}
