import { RpcError } from '../mtproto/rpc.ts'
import { parseTestPhone, type NumberStanding, type TestPhone } from '../world/test-phone.ts'
import type { Caller } from './method.ts'

/** Parses a test number of the data centre that received the call. Refuses other numbers as Telegram does. */
export function phoneHere({ dataCentres, dcId }: Caller, number: string): TestPhone {
  const phone = parseTestPhone(number)
  if (phone === null || !dataCentres.some(({ id }) => id === phone.dcId)) {
    throw new RpcError(406, 'PHONE_NUMBER_INVALID')
  }
  if (phone.dcId !== dcId) throw new RpcError(303, `PHONE_MIGRATE_${phone.dcId}`)
  return phone
}

/** Throws PHONE_NUMBER_BANNED, PHONE_NUMBER_FLOOD or PHONE_PASSWORD_FLOOD for numbers that get no code. */
export function checkStanding({ world }: Caller, { number, standing }: TestPhone): void {
  const refusal = REFUSALS[standing]
  if (refusal !== null) throw new RpcError(refusal.code, refusal.text)
  const account = world.accounts.withPhone(number)
  if (account !== undefined && world.faults.refusesBanned(account.id)) {
    throw new RpcError(400, 'PHONE_NUMBER_BANNED')
  }
}

const REFUSALS: Record<NumberStanding, { readonly code: number; readonly text: string } | null> = {
  usual: null,
  unoccupied: null,
  banned: { code: 400, text: 'PHONE_NUMBER_BANNED' },
  flooded: { code: 400, text: 'PHONE_NUMBER_FLOOD' },
  password_flooded: { code: 406, text: 'PHONE_PASSWORD_FLOOD' },
}
