import type { SchemaSet } from '../../src/tl/schema.ts'
import type { TlObject } from '../../src/tl/object.ts'
import { control, type Served } from '../control.ts'
import { accountIdOf } from '../input-channel.ts'
import { FuzzedSession, textOfLongs, type Outcome } from './fuzzed-session.ts'
import { RandomCalls } from './random-calls.ts'
import { explore, signIn, signInBot, testimony } from './witness.ts'

export interface FuzzResult {
  /** Calls with a result. */
  results: number
  /** Calls with an error, by error text without numbers. */
  readonly errors: Map<string, number>
  /** Violations: calls answered with 500 INTERNAL, and changes in the witness's responses. */
  readonly failures: string[]
}

const WITNESS = '+9996621101'
const PERSON = '+9996621102'
const BATCH = 25
const BATCHES_PER_TESTIMONY = 10

/**
 * Sends `rounds` random calls: as a user, as a bot and without login in turn. Meanwhile a witness session repeats the
 * same requests.
 *
 * @throws if a connection closes, or a request of the witness fails
 */
export async function fuzzCalls(
  emulator: Served,
  schema: SchemaSet,
  { rounds, seed }: { readonly rounds: number; readonly seed: number },
): Promise<FuzzResult> {
  const result: FuzzResult = { results: 0, errors: new Map(), failures: [] }
  const sessions = await Promise.all(
    Array.from({ length: 4 }, () => FuzzedSession.open(emulator, schema)),
  )
  const [witness, person, bot, anonymous] = sessions
  if (!witness || !person || !bot || !anonymous) throw new Error('expected four sessions')
  // The demo's own bot could change what the witness reads.
  const { id: botId, bot_token: token } = (await control(emulator, 'POST', '/accounts', {
    bot: true,
  })) as {
    id: string | number
    bot_token: string
  }
  await signIn(witness, WITNESS)
  const known = await explore(witness, accountIdOf(WITNESS))
  const truth = await testimony(witness, known, accountIdOf(WITNESS))
  const calls = new RandomCalls(seed, known)
  for (let batch = 0; batch * BATCH < rounds; batch += 1) {
    // Random calls may sign out.
    if (batch % 3 === 0) await signIn(person, PERSON)
    if (batch % 3 === 1) await signInBot(bot, token)
    const session = [person, bot, anonymous][batch % 3] ?? anonymous
    const accountId = [accountIdOf(PERSON), BigInt(botId), 0n][batch % 3] ?? 0n
    const batchCalls = Array.from({ length: BATCH }, () => calls.next(accountId))
    const outcomes = await Promise.all(batchCalls.map((call) => session.call(call)))
    for (const [index, call] of batchCalls.entries())
      recordOutcome(result, calls, call, outcomes[index])
    const isTime = batch % BATCHES_PER_TESTIMONY === BATCHES_PER_TESTIMONY - 1
    if (isTime && (await testimony(witness, known, accountIdOf(WITNESS))) !== truth) {
      result.failures.push(
        `the responses to the witness had changed by call ${(batch + 1) * BATCH}`,
      )
    }
  }
  for (const session of sessions) await session.close()
  return result
}

function recordOutcome(
  result: FuzzResult,
  calls: RandomCalls,
  call: TlObject,
  outcome: Outcome | undefined,
): void {
  if (outcome === undefined || 'result' in outcome) {
    result.results += 1
    return
  }
  const { code, text } = outcome.error
  const name = text.replaceAll(/\d+/g, 'N')
  result.errors.set(name, (result.errors.get(name) ?? 0) + 1)
  if (text === 'INPUT_METHOD_INVALID') calls.isNotOffered(call)
  if (code === 500) result.failures.push(`${text}: ${JSON.stringify(call, textOfLongs)}`)
}
