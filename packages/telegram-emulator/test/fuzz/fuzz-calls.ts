import type { SchemaSet } from '../../src/tl/schema.ts'
import type { TlObject } from '../../src/tl/object.ts'
import { control, type Served } from '../control.ts'
import { accountIdOf } from '../input-channel.ts'
import { FuzzedSession, textOfLongs, type Outcome } from './fuzzed-session.ts'
import { RandomCalls } from './random-calls.ts'
import { explore, signIn, signInBot, testimony } from './witness.ts'

export interface FuzzResult {
  /** How many calls got a result. */
  results: number
  /** How many got an error, by its text without numbers. */
  readonly errors: Map<string, number>
  /** What must not happen: calls answered 500 INTERNAL, and answers to others that changed. */
  readonly failures: string[]
}

const WITNESS = '+9996621101'
const PERSON = '+9996621102'
const BATCH = 25
const BATCHES_PER_TESTIMONY = 10

/**
 * Sends `rounds` random calls, as a person, as a bot and as nobody in turn, while a witness asks the same questions
 * again and again.
 * @throws when a connection ends, or the witness is refused
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
  const [witness, person, bot, nobody] = sessions
  if (!witness || !person || !bot || !nobody) throw new Error('four sessions are open')
  // The demo's own bot may change what the witness reads.
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
    // Random calls sign out, too.
    if (batch % 3 === 0) await signIn(person, PERSON)
    if (batch % 3 === 1) await signInBot(bot, token)
    const session = [person, bot, nobody][batch % 3] ?? nobody
    const accountId = [accountIdOf(PERSON), BigInt(botId), 0n][batch % 3] ?? 0n
    const batchCalls = Array.from({ length: BATCH }, () => calls.next(accountId))
    const outcomes = await Promise.all(batchCalls.map((call) => session.call(call)))
    for (const [index, call] of batchCalls.entries()) note(result, calls, call, outcomes[index])
    const isTime = batch % BATCHES_PER_TESTIMONY === BATCHES_PER_TESTIMONY - 1
    if (isTime && (await testimony(witness, known, accountIdOf(WITNESS))) !== truth) {
      result.failures.push(`the witness was told something else by call ${(batch + 1) * BATCH}`)
    }
  }
  for (const session of sessions) await session.close()
  return result
}

function note(
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
