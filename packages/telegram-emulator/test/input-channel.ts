import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { accessHashFor } from '../src/world/access-hash.ts'
import { Accounts } from '../src/world/accounts.ts'
import { createVolatileJournal } from '../src/world/journal.ts'
import { parseTestPhone } from '../src/world/test-phone.ts'
import { smallChannelHash } from './small-channel.ts'

/** A {@link smallChannel} with the access hash of the account with that number. */
export function inputChannel(phone: string, id: number): Api.InputChannel {
  const hash = accessHashFor(accountIdOf(phone), smallChannelHash(BigInt(id)))
  return new Api.InputChannel({ channelId: returnBigInt(id), accessHash: returnBigInt(hash) })
}

/** Test numbers have the same account ids in all worlds. */
export function accountIdOf(phone: string): bigint {
  const parsed = parseTestPhone(phone)
  if (parsed === null) throw new Error(`not a test number: ${phone}`)
  return new Accounts(createVolatileJournal()).of(parsed).id
}
