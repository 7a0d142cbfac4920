import { createHash } from 'node:crypto'
import type { TlObject } from '../tl/object.ts'
import type { AuthKey } from './auth-key.ts'
import type { Clock } from './clock.ts'

/** A new salt starts every half hour and is valid for an hour, so that a client has time to learn the next. */
const SLOT_SECONDS = 1800
const MAX_FUTURE_SALTS = 64

/** Server salts. They are derived from key and time, so a restart does not change them. */
export class Salts {
  readonly #clock: Clock
  /** The initial salts from handshakes. A client that uses another salt is sent the regular one. */
  readonly #first = new Map<string, { readonly salt: bigint; readonly validUntil: number }>()

  /** Cache: each key's salt in the half hour of its last use. */
  readonly #current = new WeakMap<AuthKey, { readonly slot: number; readonly salt: bigint }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  agree(key: AuthKey, salt: bigint): void {
    this.#first.set(key.id, { salt, validUntil: this.#clock() + SLOT_SECONDS * 1000 })
  }

  current(key: AuthKey): bigint {
    const slot = this.#slot()
    const known = this.#current.get(key)
    if (known?.slot === slot) return known.salt
    const salt = saltOf(key, slot)
    this.#current.set(key, { slot, salt })
    return salt
  }

  isValid(key: AuthKey, salt: bigint): boolean {
    const slot = this.#slot()
    if (salt === this.current(key) || salt === saltOf(key, slot - 1)) return true
    const first = this.#first.get(key.id)
    if (first === undefined) return false
    if (first.validUntil < this.#clock()) this.#first.delete(key.id)
    return first.salt === salt && first.validUntil >= this.#clock()
  }

  /** `future_salts` for up to 64 salts, the current one first. */
  future(key: AuthKey, requestId: bigint, count: number): TlObject {
    const first = this.#slot()
    const length = Math.max(0, Math.min(count, MAX_FUTURE_SALTS))
    const salts = Array.from({ length }, (_, index) => ({
      _: 'future_salt',
      valid_since: (first + index) * SLOT_SECONDS,
      valid_until: (first + index + 2) * SLOT_SECONDS,
      salt: saltOf(key, first + index),
    }))
    return {
      _: 'future_salts',
      req_msg_id: requestId,
      now: Math.floor(this.#clock() / 1000),
      salts,
    }
  }

  #slot(): number {
    return Math.floor(this.#clock() / 1000 / SLOT_SECONDS)
  }
}

function saltOf(key: AuthKey, slot: number): bigint {
  const hash = createHash('sha256').update('salt').update(key.bytes).update(String(slot))
  return hash.digest().readBigInt64LE()
}
