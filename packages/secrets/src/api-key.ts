import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const ID_BYTES = 8
const TOKEN_BYTES = 32
const API_KEY = /^tg_([0-9a-f]{16})_([\w-]{43})$/

export interface IssuedApiKey {
  readonly id: string
  /** `tg_<id>_<secret>`. Shown once and never stored. */
  readonly key: string
  readonly secretSha256: string
}

/** A new key whose secret has 256 random bits. */
export function issueApiKey(): IssuedApiKey {
  const id = randomBytes(ID_BYTES).toString('hex')
  const secret = randomToken()
  return { id, key: `tg_${id}_${secret}`, secretSha256: sha256(secret) }
}

/** Splits `tg_<id>_<secret>`; null when the text has another format. */
export function parseApiKey(text: string): { id: string; secret: string } | null {
  const [, id, secret] = API_KEY.exec(text) ?? []
  return id === undefined || secret === undefined ? null : { id, secret }
}

/** 256 random bits in base64url. */
export function randomToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** SHA-256 in hexadecimal. For long random secrets only: a password needs a slow hash. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Whether `secret` has the SHA-256 `expected` (hexadecimal), compared in constant time. */
export function matchesSha256(secret: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(secret)), Buffer.from(expected))
}
