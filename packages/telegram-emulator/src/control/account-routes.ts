import { z } from 'zod'
import { createPasswordSettings } from '../mtproto/srp.ts'
import type { Account } from '../world/accounts.ts'
import { parseTestPhone, type TestPhone } from '../world/test-phone.ts'
import { isUsernameTaken } from '../world/usernames.ts'
import type { World } from '../world/world.ts'
import { addBot, newBot } from './bot-account.ts'
import type { ControlRequest, Route } from './http-server.ts'
import { parseBody } from './parse.ts'
import { Problem } from './problem.ts'

const DATA_CENTRES = [2, 4]
const name = z.string().min(1).max(64)

const newAccount = z.strictObject({
  /** A test number; it determines the data centre and the login code. */
  phone: z.string().min(1).max(32),
  first_name: name.optional(),
  last_name: z.string().max(64).optional(),
  username: z
    .string()
    .regex(/^[a-z][a-z0-9_]{3,31}$/i, 'A username has 4 to 32 letters, digits and underscores')
    .optional(),
  /** Two-step password; null removes it. */
  password: z.string().min(1).max(256).nullable().optional(),
  password_hint: z.string().max(255).optional(),
  /** Has to match the data centre in the number. */
  dc: z.int().optional(),
})

export type AccountChange = z.input<typeof newAccount>
type NewAccount = z.output<typeof newAccount>

export interface AccountDescription {
  readonly id: string
  /** Null for bots. */
  readonly phone: string | null
  readonly dc: number
  readonly code: string | null
  readonly first_name: string
  readonly last_name: string
  readonly username: string
  readonly has_password: boolean
  /** Null for user accounts. */
  readonly bot_token: string | null
}

export function accountRoutes(world: World): Route[] {
  return [
    {
      method: 'GET',
      path: '/accounts',
      handle: () => ({ json: [...world.accounts.all()].map(describeAccount) }),
    },
    {
      method: 'POST',
      path: '/accounts',
      handle: async (request) => ({ status: 201, json: await putAccount(world, request) }),
    },
  ]
}

/** Creates a bot or the account of a number, or updates the given fields of an existing account. */
async function putAccount(world: World, request: ControlRequest): Promise<AccountDescription> {
  const input = await parseBody(request, z.union([newBot, newAccount]))
  if ('bot' in input) return describeAccount(addBot(world, input))
  const phone = phoneOf(input)
  const { username, password, first_name: firstName, last_name: lastName } = input
  const former = world.accounts.withPhone(phone.number)
  if (username !== undefined && isUsernameTaken(world, username, former)) {
    throw new Problem(409, 'conflict', `The username ${username} is taken.`)
  }
  let account = world.accounts.rename(world.accounts.of(phone), {
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    ...(username !== undefined && { username }),
  })
  if (password !== undefined) {
    const settings = password === null ? null : await createPasswordSettings(password)
    account = world.accounts.setPassword(account, settings, input.password_hint ?? null)
    world.passwordChallenges.passwordChanged(account)
  }
  return describeAccount(account)
}

function phoneOf({ phone, dc }: NewAccount): TestPhone {
  const parsed = parseTestPhone(phone)
  if (parsed === null || !DATA_CENTRES.includes(parsed.dcId)) {
    throw new Problem(400, 'invalid_input', 'Numbers are +99966XYYYY, X being 2 or 4.')
  }
  if (dc !== undefined && dc !== parsed.dcId) {
    throw new Problem(400, 'invalid_input', `+${parsed.number} lives on ${parsed.dcId}, not ${dc}.`)
  }
  return parsed
}

function describeAccount(account: Account): AccountDescription {
  const phone = parseTestPhone(account.phone ?? '')
  return {
    id: String(account.id),
    phone: phone === null ? null : `+${phone.number}`,
    dc: account.dcId,
    code: phone?.code ?? null,
    first_name: account.firstName,
    last_name: account.lastName,
    username: account.username,
    has_password: account.password !== null,
    bot_token: account.bot?.token ?? null,
  }
}
