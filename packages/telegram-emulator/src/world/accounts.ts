import { randomBytes } from 'node:crypto'
import type { PasswordSettings } from '../mtproto/srp.ts'
import { now } from './clock.ts'
import type { Journal } from './journal.ts'
import type { TestPhone } from './test-phone.ts'

export interface Account {
  readonly id: bigint
  readonly accessHash: bigint
  /** Digits only; null for bots. */
  readonly phone: string | null
  /** The data centre on which this account signs in. */
  readonly dcId: number
  readonly firstName: string
  readonly lastName: string
  readonly username: string
  /** Null without two-step verification. */
  readonly password: PasswordSettings | null
  readonly passwordHint: string | null
  /** Null for user accounts. */
  readonly bot: { readonly token: string } | null
  /** Unix seconds. */
  readonly createdAt: number
}

export type AccountNames = Partial<Pick<Account, 'firstName' | 'lastName' | 'username'>>

export interface NewBot {
  readonly dcId: number
  readonly firstName: string
  readonly username: string
  readonly token?: string | undefined
}

/** Defaults for accounts stored by a version that had neither bots nor password hints. */
const NEITHER_BOT_NOR_HINT = { passwordHint: null, bot: null }

const FIRST_NAMES = [
  'Nora',
  'Emil',
  'Clara',
  'Jonas',
  'Ida',
  'Anton',
  'Vera',
  'Hugo',
  'Mira',
  'Oskar',
]
const LAST_NAMES = [
  'Lind',
  'Berger',
  'Novak',
  'Hansen',
  'Moreau',
  'Keller',
  'Silva',
  'Ivanova',
  'Sato',
  'Weber',
]

const ACCOUNT_ID_BASE = 6_000_000_000n
const BOT_ID_BASE = 6_700_000_000n
const BOT_SECRET_BYTES = 26
const PREFIX = 'account/'

/** All accounts that can sign in. An account is created when its number first signs in, and is never removed. */
export class Accounts {
  readonly #byId = new Map<bigint, Account>()
  readonly #byPhone = new Map<string, Account>()
  readonly #byBotToken = new Map<string, Account>()
  readonly #byUsername = new Map<string, Account>()
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
    for (const { value } of journal.restored(PREFIX)) {
      this.#index({ ...NEITHER_BOT_NOR_HINT, ...(value as Account) })
    }
  }

  get(id: bigint): Account | undefined {
    return this.#byId.get(id)
  }

  withPhone(number: string): Account | undefined {
    return this.#byPhone.get(number)
  }

  withBotToken(token: string): Account | undefined {
    return this.#byBotToken.get(token)
  }

  withUsername(username: string): Account | undefined {
    return this.#byUsername.get(username.toLowerCase())
  }

  /** Returns the account of a test number; creates it on first use. */
  of(phone: TestPhone): Account {
    return this.#byPhone.get(phone.number) ?? this.#save(newAccount(phone))
  }

  /** All accounts, in order of creation. */
  all(): Iterable<Account> {
    return this.#byId.values()
  }

  get count(): number {
    return this.#byId.size
  }

  /** Changes the name of an account, or its username. The username must be free. */
  rename(account: Account, names: AccountNames): Account {
    this.#byUsername.delete(account.username.toLowerCase())
    return this.#save({ ...account, ...names })
  }

  setPassword(
    account: Account,
    password: PasswordSettings | null,
    passwordHint: string | null = null,
  ): Account {
    return this.#save({ ...account, password, passwordHint })
  }

  /** Creates a bot. Without a `token`, a random one is generated: `<id>:<35 characters>`. */
  addBot({ dcId, firstName, username, token }: NewBot): Account {
    const number = [...this.#byId.values()].filter(({ bot }) => bot !== null).length + 1
    const id = BOT_ID_BASE + BigInt(number)
    const secret = randomBytes(BOT_SECRET_BYTES).toString('base64url')
    return this.#save({
      ...newPerson(id, dcId),
      phone: null,
      firstName,
      lastName: '',
      username,
      bot: { token: token ?? `${id}:${secret}` },
    })
  }

  #save(account: Account): Account {
    this.#journal.put(`${PREFIX}${account.id}`, account)
    this.#index(account)
    return account
  }

  #index(account: Account): void {
    this.#byId.set(account.id, account)
    if (account.phone !== null) this.#byPhone.set(account.phone, account)
    if (account.bot !== null) this.#byBotToken.set(account.bot.token, account)
    this.#byUsername.set(account.username.toLowerCase(), account)
  }
}

/** Id and names are derived from the number, so that tests and documentation can rely on them. */
function newAccount(phone: TestPhone): Account {
  const digits = Number(phone.number.slice(-5))
  const firstName = FIRST_NAMES[digits % FIRST_NAMES.length] ?? ''
  const lastName = LAST_NAMES[Math.floor(digits / FIRST_NAMES.length) % LAST_NAMES.length] ?? ''
  const id = ACCOUNT_ID_BASE + BigInt(digits)
  return {
    ...newPerson(id, phone.dcId),
    phone: phone.number,
    firstName,
    lastName,
    username: `${firstName}_${lastName}_${phone.number.slice(-5)}`.toLowerCase(),
    bot: null,
  }
}

function newPerson(id: bigint, dcId: number) {
  return {
    id,
    accessHash: BigInt.asIntN(64, id * 0x9e3779b97f4a7c15n),
    dcId,
    password: null,
    passwordHint: null,
    createdAt: now(),
  }
}
