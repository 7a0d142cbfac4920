import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../e2e/client.ts'
import { keyStatistics } from './key-statistics.ts'
import {
  makeChannel,
  startRun,
  startScraperStage,
  until,
  type ScraperStage,
} from './scraper-stage.ts'

const SCRAPERS = 3
const SESSIONS = 9
/** Two runs of each session, of which one waits for the other. */
const ROUNDS = 2
const CHANNEL = { username: 'shared_out', messages: 200, maxFileBytes: 100_000 }

let stage: ScraperStage
beforeAll(async () => {
  stage = await startScraperStage(SCRAPERS, {})
  await makeChannel(stage.emulator, CHANNEL)
})
afterAll(() => stage.close())

test('nine sources on nine sessions are executed by three processes, two to four by each', async () => {
  const { sql, emulator, scrapers, gateway } = stage
  const client = new Client(gateway.url)
  const sessions: number[] = []
  for (let number = 1; number <= SESSIONS; number++) {
    const account = { phone: `+999662111${number}`, code: '22222' }
    sessions.push((await client.logIn(account, `session ${number}`)).id)
  }
  // Until it is looked who has which, all of them are executed.
  await emulator.control.placeFault({
    kind: 'stall',
    delay_ms: 15_000,
    match: { method: 'messages.getHistory' },
  })
  for (let round = 0; round < ROUNDS; round++)
    await Promise.all(
      sessions.map((sessionId) => startRun(stage, { name: 'Equal', sessionId, ...CHANNEL })),
    )
  const executed = async () =>
    (await sql<{ session_id: number }[]>`select session_id from runs where state = 'RUNNING'`).map(
      ({ session_id: id }) => id,
    )
  await until(async () => (await executed()).length === SESSIONS)
  expect(new Set(await executed()).size).toBe(SESSIONS)
  const peersOf = async () => (await keyStatistics(emulator)).peers
  await until(async () => {
    const peers = await peersOf()
    return sessions.length === peers.filter((peer) => peer !== gateway.address).length
  })
  const peers = await peersOf()
  const shares = scrapers.map(({ address }) => peers.filter((peer) => peer === address).length)
  process.stdout.write(`runs by process: ${shares.join(', ')}\n`)
  for (const share of shares) {
    expect(share).toBeGreaterThanOrEqual(2)
    expect(share).toBeLessThanOrEqual(4)
  }

  await emulator.control.removeFaults()
  await until(async () => {
    const unfinished = await sql`select from runs where finished_at is null`
    return unfinished.length === 0
  })
  const [gap] = await sql`
    select max(extract(epoch from next.started_at - one.finished_at) * 1000)::int as ms
    from runs one join runs next using (session_id) where next.started_at > one.finished_at`
  process.stdout.write(`a session's next run begins after ${gap?.['ms']} ms at most\n`)
  const states = await sql`
    select state, attempt, messages_stored, count(*)::int from runs group by 1, 2, 3`
  expect([...states]).toEqual([
    {
      state: 'COMPLETED',
      attempt: 1,
      messages_stored: CHANNEL.messages,
      count: SESSIONS * ROUNDS,
    },
  ])
  expect(await keyStatistics(emulator)).toMatchObject({ mostPeers: 1, duplicates: 0 })
})
