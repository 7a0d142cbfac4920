import type { Account } from '../world/accounts.ts'
import { parseTestPhone } from '../world/test-phone.ts'
import type { World } from '../world/world.ts'
import { Problem } from './problem.ts'

/**
 * Finds an account by id, phone number or username. Naming a usual test number creates its account. Throws a 404
 * problem.
 */
export function accountOf({ accounts }: World, text: string): Account {
  const phone = parseTestPhone(text)
  const account =
    phone === null
      ? (accounts.get(idIn(text)) ?? accounts.withUsername(text.replace(/^@/, '')))
      : phone.standing === 'usual'
        ? accounts.of(phone)
        : accounts.withPhone(phone.number)
  if (account === undefined) {
    throw new Problem(404, 'account_not_found', `There is no account ${text}.`)
  }
  return account
}

/** Parses an id; 0, which is no account's id, for other text. */
function idIn(text: string): bigint {
  return /^\d{1,18}$/.test(text) ? BigInt(text) : 0n
}
