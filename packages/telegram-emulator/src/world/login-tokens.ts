import { randomBytes } from 'node:crypto'
import type { AuthKey } from '../mtproto/auth-key.ts'
import type { Account } from './accounts.ts'

/** A login token, the content of a QR code: https://core.telegram.org/api/qr-login */
export interface LoginToken {
  readonly bytes: Buffer
  /** The key to be signed in. */
  readonly keyId: string
  /** Unix milliseconds. */
  readonly expiresAt: number
  /** Accounts that must not accept it. */
  readonly exceptIds: readonly bigint[]
  /** The account that accepted the token; null before that. */
  readonly acceptedBy: bigint | null
}

const LIFETIME_MS = 30_000
const TOKEN_BYTES = 32

/** Issued login tokens, the latest of each key. They live for 30 seconds and are not persisted. */
export class LoginTokens {
  readonly #byText = new Map<string, LoginToken>()

  /** Issues a token that replaces the key's earlier ones. */
  issue(key: AuthKey, exceptIds: readonly bigint[]): LoginToken {
    this.#dropExpired()
    for (const token of this.#byText.values()) if (token.keyId === key.id) this.remove(token)
    const bytes = randomBytes(TOKEN_BYTES)
    const expiresAt = Date.now() + LIFETIME_MS
    return this.#save({ bytes, keyId: key.id, expiresAt, exceptIds, acceptedBy: null })
  }

  get(bytes: Buffer): LoginToken | undefined {
    return this.#byText.get(bytes.toString('hex'))
  }

  /** The token of this key that an account has accepted. */
  acceptedFor(key: AuthKey): LoginToken | undefined {
    this.#dropExpired()
    return [...this.#byText.values()].find(
      ({ keyId, acceptedBy }) => keyId === key.id && acceptedBy !== null,
    )
  }

  /** Accepts the token for the account; the client then has another 30 seconds to import it. */
  accept(token: LoginToken, account: Account): void {
    this.#save({ ...token, acceptedBy: account.id, expiresAt: Date.now() + LIFETIME_MS })
  }

  remove(token: LoginToken): void {
    this.#byText.delete(token.bytes.toString('hex'))
  }

  /** Keeps expired tokens for a while, so that a late client gets AUTH_TOKEN_EXPIRED. */
  #dropExpired(): void {
    const limit = Date.now() - LIFETIME_MS
    for (const token of this.#byText.values()) if (token.expiresAt <= limit) this.remove(token)
  }

  #save(token: LoginToken): LoginToken {
    this.#byText.set(token.bytes.toString('hex'), token)
    return token
  }
}

export function isExpired({ expiresAt }: LoginToken): boolean {
  return expiresAt <= Date.now()
}
