import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../testing/client.ts'
import type { ServiceProcess } from './service-process.ts'
import { keyStatistics } from './key-statistics.ts'
import { seeded } from './random.ts'
import {
  makeChannel,
  startRun,
  startScraperInstallation,
  until,
  type ScraperInstallation,
} from './scraper-installation.ts'
import { SCALED_DOWN } from './service-environment.ts'

const ROUNDS = 3
const TAKEN_OVER_WITHIN_MS = 30_000
const RESUMED_WITHIN_MS = 45_000
const CHANNEL = { username: 'taken_over', messages: 20_000, maxFileBytes: 3_000_000 }
const RENEWALS_MS = 5_000

let installation: ScraperInstallation
beforeAll(async () => {
  // Default timings, without the scaled-down ones of the other tests.
  installation = await startScraperInstallation(
    1 + ROUNDS,
    Object.fromEntries(Object.keys(SCALED_DOWN).map((name) => [name, undefined])),
  )
  await makeChannel(installation.emulator, CHANNEL)
})
afterAll(() => installation.close())

interface Progress {
  readonly messages: number
  readonly bytes: number
  readonly lastMessageId: number
}

test('after its process is killed, a run is taken over within 30 s and makes progress within 45 s', async () => {
  const { sql, emulator } = installation
  const account = { phone: '+9996621001', code: '22222' }
  const { id: sessionId } = await new Client(installation.gateway.url).logIn(account, 'taken over')
  await emulator.control.placeFault({ kind: 'bandwidth', bytes_per_second: 2_000_000 })
  const sourceId = await startRun(installation, { name: 'Taken over', sessionId, ...CHANNEL })
  const random = seeded(1)
  const victims = new Set<ServiceProcess>()
  for (let round = 1; round <= ROUNDS; round++) {
    const start = await progress(sourceId)
    await until(async () => isFurther(await progress(sourceId), start))
    // A random time between two heartbeats or lease renewals.
    await delay(random() * RENEWALS_MS)
    const victim = await executor()
    if (!victim || victims.has(victim)) throw new Error('No new scraper executes the run')
    victims.add(victim)
    victim.send('SIGKILL')
    const killedAt = performance.now()
    await victim.stop()
    const before = await progress(sourceId)
    await until(async () => {
      const lines = await sql`
        select from run_logs where message like 'Taken over%'`
      return lines.length === round
    })
    const takenOverMs = Math.round(performance.now() - killedAt)
    await until(async () => isFurther(await progress(sourceId), before))
    const resumedMs = Math.round(performance.now() - killedAt)
    process.stdout.write(`taken over after ${takenOverMs} ms, progress after ${resumedMs} ms\n`)
    expect(takenOverMs).toBeLessThanOrEqual(TAKEN_OVER_WITHIN_MS)
    expect(resumedMs).toBeLessThanOrEqual(RESUMED_WITHIN_MS)
    expect((await progress(sourceId)).lastMessageId).toBeGreaterThanOrEqual(before.lastMessageId)
  }
  expect(await keyStatistics(emulator)).toMatchObject({ mostPeers: 1, duplicates: 0 })
})

async function progress(sourceId: number): Promise<Progress> {
  const [row] = await installation.sql<Progress[]>`
    select messages_stored as messages, bytes_stored::float8 as bytes, last_message_id as "lastMessageId"
    from runs join sources on sources.id = source_id where source_id = ${sourceId}`
  if (!row) throw new Error('no run')
  return row
}

function isFurther(now: Progress, before: Progress): boolean {
  return now.messages > before.messages || now.bytes > before.bytes
}

async function executor(): Promise<ServiceProcess | undefined> {
  const { peers } = await keyStatistics(installation.emulator)
  return installation.scrapers.find(({ address }) => peers.includes(address))
}
