import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../testing/client.ts'
import { keyStatistics } from './key-statistics.ts'
import {
  makeChannel,
  startRun,
  startScraperInstallation,
  until,
  type ScraperInstallation,
} from './scraper-installation.ts'

const SCRAPERS = 3
const SESSIONS = 9
/** Runs per session; the second one waits for the first. */
const ROUNDS = 2
const CHANNEL = { username: 'shared_out', messages: 200, maxFileBytes: 100_000 }

let installation: ScraperInstallation
beforeAll(async () => {
  installation = await startScraperInstallation(SCRAPERS, {})
  await makeChannel(installation.emulator, CHANNEL)
})
afterAll(() => installation.close())

test('three scrapers share nine runs of nine sessions: each executes two to four', async () => {
  const { sql, emulator, scrapers, gateway } = installation
  const client = new Client(gateway.url)
  const sessions: number[] = []
  for (let number = 1; number <= SESSIONS; number++) {
    const account = { phone: `+999662111${number}`, code: '22222' }
    sessions.push((await client.logIn(account, `session ${number}`)).id)
  }
  // Delays history calls, so that all runs are still executed while their distribution is checked.
  await emulator.control.placeFault({
    kind: 'stall',
    delay_ms: 15_000,
    match: { method: 'messages.getHistory' },
  })
  for (let round = 0; round < ROUNDS; round++)
    await Promise.all(
      sessions.map((sessionId) => startRun(installation, { name: 'Equal', sessionId, ...CHANNEL })),
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
  process.stdout.write(`longest gap between two runs of a session: ${gap?.['ms']} ms\n`)
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
