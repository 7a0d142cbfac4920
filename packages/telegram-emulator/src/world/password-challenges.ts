import {
  createChallenge,
  createSalts,
  type PasswordSalts,
  type SrpChallenge,
} from '../mtproto/srp.ts'
import type { Account } from './accounts.ts'

const MAX_PER_ACCOUNT = 100
const LIFETIME_MS = 10 * 60_000

interface OpenChallenge extends SrpChallenge {
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/**
 * SRP challenges issued by `account.getPassword`. Each is valid for one check, within ten minutes. Per account only the
 * latest ones are kept, which bounds the memory.
 */
export class PasswordChallenges {
  readonly #byAccount = new Map<bigint, OpenChallenge[]>()
  readonly #newSalts = new Map<bigint, PasswordSalts>()

  /** Returns null for an account without a password. */
  issue(account: Account): SrpChallenge | null {
    if (account.password === null) return null
    const challenge = { ...createChallenge(account.password), expiresAt: Date.now() + LIFETIME_MS }
    const former = this.#byAccount.get(account.id) ?? []
    this.#byAccount.set(account.id, [...former.slice(1 - MAX_PER_ACCOUNT), challenge])
    return challenge
  }

  /** Removes and returns a challenge: it is valid for one check. */
  take(account: Account, id: bigint): SrpChallenge | undefined {
    const open = this.#byAccount.get(account.id) ?? []
    this.#byAccount.set(
      account.id,
      open.filter((challenge) => challenge.id !== id),
    )
    return open.find((challenge) => challenge.id === id && challenge.expiresAt > Date.now())
  }

  /** The salts for the account's next password; constant until a new password is set. */
  newSalts(account: Account): PasswordSalts {
    const salts = this.#newSalts.get(account.id) ?? createSalts()
    this.#newSalts.set(account.id, salts)
    return salts
  }

  /** Discards the challenges and salts of the former password. */
  passwordChanged(account: Account): void {
    this.#byAccount.delete(account.id)
    this.#newSalts.delete(account.id)
  }
}
