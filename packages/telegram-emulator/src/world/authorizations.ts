import { randomBytes } from 'node:crypto'
import type { AuthKey } from '../mtproto/auth-key.ts'
import type { Account } from './accounts.ts'
import type { AuthKeys } from './auth-keys.ts'
import type { Journal } from './journal.ts'

/** The sign-in state of a key, beyond the account that it is signed in to. */
type KeyStanding =
  /** The login code was accepted; the two-step password is required next. */
  | { readonly state: 'password_needed'; readonly accountId: bigint }
  /** Signed in with an authorization exported by another key; ends when that key signs out. */
  | { readonly state: 'imported'; readonly fromKeyId: string }
  /** Signed out by another login of the account. */
  | { readonly state: 'revoked' }

interface ExportedAuthorization {
  readonly accountId: bigint
  readonly fromKeyId: string
  readonly dcId: number
  /** Unix milliseconds. */
  readonly expiresAt: number
}

const PREFIX = 'standing/'
const EXPORT_LIFETIME_MS = 60_000

/** Which auth key is signed in to which account. */
export class Authorizations {
  readonly #standings = new Map<string, KeyStanding>()
  readonly #exported = new Map<string, ExportedAuthorization>()
  readonly #journal: Journal
  readonly #keys: AuthKeys

  constructor(journal: Journal, keys: AuthKeys) {
    this.#journal = journal
    this.#keys = keys
    for (const { key, value } of journal.restored(PREFIX)) {
      this.#standings.set(key.slice(PREFIX.length), value as KeyStanding)
    }
    keys.onRemoved((key) => this.#lose(key))
  }

  signIn(key: AuthKey, account: Account): void {
    this.#forget(key)
    this.#setAccount(key, account.id)
  }

  awaitPassword(key: AuthKey, account: Account): void {
    this.#remember(key, { state: 'password_needed', accountId: account.id })
  }

  /** The account whose two-step password this key has to present. */
  awaitedAccountId(key: AuthKey): bigint | null {
    const standing = this.#standings.get(key.id)
    return standing?.state === 'password_needed' ? standing.accountId : null
  }

  isRevoked(key: AuthKey): boolean {
    return this.#standings.get(key.id)?.state === 'revoked'
  }

  /** Signs out this key and the keys that imported its authorization. */
  signOut(key: AuthKey): void {
    for (const other of this.#loginOf(key)) {
      this.#forget(other)
      this.#setAccount(other, null)
    }
  }

  /** Signs out every other login of the account. */
  revokeOthers(key: AuthKey, account: Account): void {
    const own = new Set(this.#loginOf(key))
    for (const other of this.#keys.ofAccount(account.id)) {
      if (!own.has(other)) this.revoke(other)
    }
  }

  /** Signs out a key as if another login of the account had terminated it. */
  revoke(key: AuthKey): void {
    this.#setAccount(key, null)
    this.#remember(key, { state: 'revoked' })
  }

  /** The logins of an account, one key each. Keys with an imported authorization are not listed. */
  logins(account: Account): AuthKey[] {
    return this.#keys
      .ofAccount(account.id)
      .filter(({ id }) => this.#standings.get(id)?.state !== 'imported')
  }

  /** Exports an authorization: secret bytes that sign another key in on `dcId`, once, within a minute. */
  export(key: AuthKey, account: Account, dcId: number): Buffer {
    const now = Date.now()
    for (const [token, { expiresAt }] of this.#exported) {
      if (expiresAt <= now) this.#exported.delete(token)
    }
    const bytes = randomBytes(128)
    this.#exported.set(bytes.toString('base64'), {
      accountId: account.id,
      fromKeyId: this.#rootOf(key),
      dcId,
      expiresAt: now + EXPORT_LIFETIME_MS,
    })
    return bytes
  }

  /** Signs a key in with exported bytes. False if the bytes were not issued for this account and data centre. */
  import(key: AuthKey, account: Account, bytes: Buffer): boolean {
    const token = bytes.toString('base64')
    const exported = this.#exported.get(token)
    if (exported?.accountId !== account.id || exported.dcId !== key.dcId) return false
    this.#exported.delete(token)
    if (exported.expiresAt <= Date.now()) return false
    this.#setAccount(key, account.id)
    this.#remember(key, { state: 'imported', fromKeyId: exported.fromKeyId })
    return true
  }

  /** A removed key takes along the keys that imported its authorization. */
  #lose(key: AuthKey): void {
    if (this.#rootOf(key) === key.id) this.signOut(key)
    this.#forget(key)
  }

  #rootOf(key: AuthKey): string {
    const standing = this.#standings.get(key.id)
    return standing?.state === 'imported' ? standing.fromKeyId : key.id
  }

  #loginOf(key: AuthKey): AuthKey[] {
    const root = this.#rootOf(key)
    return [...this.#keys.all()].filter((other) => this.#rootOf(other) === root)
  }

  #setAccount(key: AuthKey, accountId: bigint | null): void {
    key.accountId = accountId
    this.#keys.changed(key)
  }

  #remember(key: AuthKey, standing: KeyStanding): void {
    this.#standings.set(key.id, standing)
    this.#journal.put(`${PREFIX}${key.id}`, standing)
  }

  #forget(key: AuthKey): void {
    if (this.#standings.delete(key.id)) this.#journal.delete(`${PREFIX}${key.id}`)
  }
}
