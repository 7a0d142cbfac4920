import { randomBytes } from 'node:crypto'
import type { Journal } from './journal.ts'
import type { TestPhone } from './test-phone.ts'

/** The delivery type of a login code, in the order in which Telegram tries them. */
export type CodeDelivery = 'app' | 'sms' | 'call'
/** The delivery type of a resent code. */
export type NextDelivery = Exclude<CodeDelivery, 'app'>

/** The first delivery type, then the remaining ones. */
export type Deliveries = readonly [CodeDelivery, ...NextDelivery[]]

interface SentCode {
  readonly keyId: string
  readonly number: string
  /** Unix milliseconds. */
  readonly expiresAt: number
  readonly wrongTries: number
  /** The current delivery type is the first element. */
  readonly deliveries: Deliveries
  /** Whether the correct code was entered: the request may then sign up. */
  readonly isProven: boolean
}

export type CodeCheck = 'right' | 'wrong' | 'expired'

/** Identifies a pending login: key, number and hash have to match. */
export interface CodeRequest {
  readonly keyId: string
  readonly number: string
  /** `phone_code_hash` */
  readonly hash: string
}

export interface LoginCode {
  /** `phone_code_hash` */
  readonly hash: string
  readonly delivery: CodeDelivery
  /** The delivery type of the next resend; null if none is left. */
  readonly next: NextDelivery | null
}

const LIFETIME_MS = 5 * 60_000
const MAX_WRONG_TRIES = 5
const PREFIX = 'login-code/'

/** Pending login codes. A code is valid for the auth key that requested it, until that key requests another. */
export class LoginCodes {
  readonly #sent = new Map<string, SentCode>()
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
    for (const { key, value } of journal.restored(PREFIX)) {
      this.#sent.set(key.slice(PREFIX.length), value as SentCode)
    }
    this.#dropExpired()
  }

  /** Starts a login. `deliveries` are the delivery types available for the number. */
  send(keyId: string, phone: TestPhone, deliveries: Deliveries): LoginCode {
    this.#dropExpired()
    for (const [hash, sent] of this.#sent) {
      if (sent.keyId === keyId && sent.number === phone.number) this.cancel(hash)
    }
    const hash = randomBytes(9).toString('hex')
    return this.#save(hash, {
      keyId,
      number: phone.number,
      expiresAt: Date.now() + LIFETIME_MS,
      wrongTries: 0,
      deliveries,
      isProven: false,
    })
  }

  /** Resends the code with the next delivery type. Null if none is left, `expired` if no such login is pending. */
  resend(request: CodeRequest): LoginCode | 'expired' | null {
    const sent = this.#underWay(request)
    if (sent === undefined) return 'expired'
    const [, next, ...others] = sent.deliveries
    if (next === undefined) return null
    const expiresAt = Date.now() + LIFETIME_MS
    return this.#save(request.hash, { ...sent, deliveries: [next, ...others], expiresAt })
  }

  isUnderWay(request: CodeRequest): boolean {
    return this.#underWay(request) !== undefined
  }

  /** Whether the correct code was entered in this login. */
  isProven(request: CodeRequest): boolean {
    return this.#underWay(request)?.isProven ?? false
  }

  /** Compares a code with the one sent. The fifth wrong code ends the login. */
  check(request: CodeRequest, code: string, expected: string): CodeCheck {
    const { hash } = request
    const sent = this.#underWay(request)
    if (sent === undefined) return 'expired'
    if (code === expected) {
      this.#save(hash, { ...sent, isProven: true })
      return 'right'
    }
    const wrongTries = sent.wrongTries + 1
    if (wrongTries < MAX_WRONG_TRIES) this.#save(hash, { ...sent, wrongTries })
    else this.cancel(hash)
    return 'wrong'
  }

  cancel(hash: string): void {
    this.#sent.delete(hash)
    this.#journal.delete(`${PREFIX}${hash}`)
  }

  #underWay({ keyId, number, hash }: CodeRequest): SentCode | undefined {
    const sent = this.#sent.get(hash)
    const isTheirs = sent?.keyId === keyId && sent.number === number
    return isTheirs && sent.expiresAt > Date.now() ? sent : undefined
  }

  #dropExpired(): void {
    const now = Date.now()
    for (const [hash, { expiresAt }] of this.#sent) if (expiresAt <= now) this.cancel(hash)
  }

  #save(hash: string, sent: SentCode): LoginCode {
    this.#sent.set(hash, sent)
    this.#journal.put(`${PREFIX}${hash}`, sent)
    const [delivery, next = null] = sent.deliveries
    return { hash, delivery, next }
  }
}
