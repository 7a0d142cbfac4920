import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto'
import { decodeBase64Url, encodeBase64Url } from './base64url.ts'
import { InvalidKey, InvalidToken } from './errors.ts'

const VERSION = 0x80
const KEY_BYTES = 32
const BLOCK_BYTES = 16
const MAC_BYTES = 32
const HEADER_BYTES = 1 + 8 + BLOCK_BYTES
const MAX_CLOCK_SKEW_SECONDS = 60
const CIPHER = 'aes-128-cbc'

/** A parsed Fernet key. `KeyObject`s do not reveal their bytes when they are printed or serialised. */
export interface FernetKey {
  readonly signing: KeyObject
  readonly encryption: KeyObject
}

/** Parses a Fernet key: 32 bytes in padded base64url, 44 characters. Throws `InvalidKey`. */
export function parseFernetKey(text: string): FernetKey {
  const bytes = decodeBase64Url(text)
  if (bytes?.length !== KEY_BYTES) {
    throw new InvalidKey(
      'expected 32 bytes in base64url with padding: 44 characters from A-Z a-z 0-9 - _ that end in "="',
    )
  }
  return {
    signing: createSecretKey(bytes.subarray(0, KEY_BYTES / 2)),
    encryption: createSecretKey(bytes.subarray(KEY_BYTES / 2)),
  }
}

/** A new random Fernet key as text. */
export function generateFernetKey(): string {
  return encodeBase64Url(randomBytes(KEY_BYTES))
}

/**
 * Encrypts and signs `plaintext` to a Fernet token of version 0x80 (https://github.com/fernet/spec).
 * Only tests pass `iv` and `now`, to reproduce published tokens: an IV must never be used twice.
 */
export function sealFernet(
  key: FernetKey,
  plaintext: Buffer,
  { iv = randomBytes(BLOCK_BYTES), now = new Date() }: { iv?: Buffer; now?: Date } = {},
): string {
  const prefix = Buffer.alloc(9)
  prefix.writeUInt8(VERSION)
  prefix.writeBigUInt64BE(BigInt(Math.floor(now.getTime() / 1000)), 1)
  const cipher = createCipheriv(CIPHER, key.encryption, iv)
  const signed = Buffer.concat([prefix, iv, cipher.update(plaintext), cipher.final()])
  return encodeBase64Url(Buffer.concat([signed, mac(key, signed)]))
}

/**
 * Verifies and decrypts a token. Throws `InvalidToken`. With `ttlSeconds`, a token that is older or
 * more than 60 s ahead of `now` is refused; without it, tokens do not expire.
 */
export function openFernet(
  key: FernetKey,
  token: string,
  { ttlSeconds, now = new Date() }: { ttlSeconds?: number; now?: Date } = {},
): Buffer {
  const bytes = decodeBase64Url(token)
  if (!bytes) throw new InvalidToken('The token is not base64url with padding')
  const ciphertextBytes = bytes.length - HEADER_BYTES - MAC_BYTES
  if (bytes[0] !== VERSION) throw new InvalidToken('The token is not of Fernet version 0x80')
  if (ciphertextBytes < BLOCK_BYTES || ciphertextBytes % BLOCK_BYTES !== 0) {
    throw new InvalidToken("The token's ciphertext is not a whole number of blocks")
  }
  if (ttlSeconds !== undefined) requireFresh(Number(bytes.readBigUInt64BE(1)), ttlSeconds, now)

  const signed = bytes.subarray(0, -MAC_BYTES)
  if (!timingSafeEqual(mac(key, signed), bytes.subarray(-MAC_BYTES))) {
    throw new InvalidToken('The token was altered or encrypted with another key')
  }
  return decryptCiphertext(key, signed)
}

function requireFresh(createdSeconds: number, ttlSeconds: number, now: Date): void {
  const nowSeconds = Math.floor(now.getTime() / 1000)
  if (createdSeconds + ttlSeconds < nowSeconds) throw new InvalidToken('The token has expired')
  if (createdSeconds > nowSeconds + MAX_CLOCK_SKEW_SECONDS) {
    throw new InvalidToken('The token is dated in the future')
  }
}

function mac(key: FernetKey, signed: Buffer): Buffer {
  return createHmac('sha256', key.signing).update(signed).digest()
}

function decryptCiphertext(key: FernetKey, signed: Buffer): Buffer {
  const iv = signed.subarray(9, HEADER_BYTES)
  const decipher = createDecipheriv(CIPHER, key.encryption, iv)
  try {
    return Buffer.concat([decipher.update(signed.subarray(HEADER_BYTES)), decipher.final()])
  } catch (cause) {
    throw new InvalidToken("The token's plaintext has invalid padding", { cause })
  }
}
