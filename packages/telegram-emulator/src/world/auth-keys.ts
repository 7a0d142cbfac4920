import type { AuthKey, AuthKeyStore } from '../mtproto/auth-key.ts'
import type { Journal } from './journal.ts'

const PREFIX = 'auth-key/'

/** The auth keys of all data centres, stored with their account, layer and device. */
export class AuthKeys implements AuthKeyStore {
  readonly #byId = new Map<string, AuthKey>()
  /** The account under which each key is indexed. */
  readonly #accountIds = new Map<AuthKey, bigint>()
  readonly #byAccount = new Map<bigint, Set<AuthKey>>()
  readonly #journal: Journal
  #onRemoved: (key: AuthKey) => void = () => undefined

  constructor(journal: Journal) {
    this.#journal = journal
    for (const { value } of journal.restored(PREFIX)) {
      const key = value as AuthKey
      this.#byId.set(key.id, key)
      this.#count(key)
    }
  }

  get(id: string): AuthKey | undefined {
    return this.#byId.get(id)
  }

  add(key: AuthKey): void {
    this.#byId.set(key.id, key)
    this.changed(key)
  }

  changed(key: AuthKey): void {
    this.#count(key)
    this.#journal.put(`${PREFIX}${key.id}`, key)
  }

  remove(id: string): void {
    const key = this.#byId.get(id)
    if (key !== undefined) this.#discount(key)
    this.#byId.delete(id)
    this.#journal.delete(`${PREFIX}${id}`)
    if (key !== undefined) this.#onRemoved(key)
  }

  /** Supports one listener, which removes the state that belongs to the key. */
  onRemoved(listener: (key: AuthKey) => void): void {
    this.#onRemoved = listener
  }

  all(): Iterable<AuthKey> {
    return this.#byId.values()
  }

  ofAccount(accountId: bigint): AuthKey[] {
    return [...(this.#byAccount.get(accountId) ?? [])]
  }

  #count(key: AuthKey): void {
    const { accountId } = key
    if (this.#accountIds.get(key) === (accountId ?? undefined)) return
    this.#discount(key)
    if (accountId === null) return
    this.#accountIds.set(key, accountId)
    const keys = this.#byAccount.get(accountId) ?? new Set()
    this.#byAccount.set(accountId, keys.add(key))
  }

  #discount(key: AuthKey): void {
    const accountId = this.#accountIds.get(key)
    if (accountId === undefined) return
    this.#accountIds.delete(key)
    this.#byAccount.get(accountId)?.delete(key)
  }
}
