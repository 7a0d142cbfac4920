import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../e2e/client.ts'
import type { Fighter } from './fighting-services.ts'
import { keyStatistics } from './key-statistics.ts'
import { seeded } from './random.ts'
import {
  makeChannel,
  startRun,
  startScraperStage,
  until,
  type ScraperStage,
} from './scraper-stage.ts'
import { SCALED_DOWN } from './service-environment.ts'

const ROUNDS = 3
const NOTICED_WITHIN_MS = 30_000
const GOES_ON_WITHIN_MS = 45_000
const CHANNEL = { username: 'taken_over', messages: 20_000, maxFileBytes: 3_000_000 }
const RENEWALS_MS = 5_000

let stage: ScraperStage
beforeAll(async () => {
  // As in production: whatever the other tests scale down is left out.
  stage = await startScraperStage(
    1 + ROUNDS,
    Object.fromEntries(Object.keys(SCALED_DOWN).map((name) => [name, undefined])),
  )
  await makeChannel(stage.emulator, CHANNEL)
})
afterAll(() => stage.close())

interface Progress {
  readonly messages: number
  readonly bytes: number
  readonly lastMessageId: number
}

test('a run whose process is killed is noticed in 30 s and goes on elsewhere in 45 s', async () => {
  const { sql, emulator } = stage
  const account = { phone: '+9996621001', code: '22222' }
  const { id: sessionId } = await new Client(stage.gateway.url).logIn(account, 'taken over')
  await emulator.control.placeFault({ kind: 'bandwidth', bytes_per_second: 2_000_000 })
  const sourceId = await startRun(stage, { name: 'Taken over', sessionId, ...CHANNEL })
  const random = seeded(1)
  const victims = new Set<Fighter>()
  for (let round = 1; round <= ROUNDS; round++) {
    const start = await progress(sourceId)
    await until(async () => isFurther(await progress(sourceId), start))
    // Anywhere between two of its heartbeats and renewals.
    await delay(random() * RENEWALS_MS)
    const victim = await executor()
    if (!victim || victims.has(victim)) throw new Error('nobody executes the run')
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
    const noticedMs = Math.round(performance.now() - killedAt)
    await until(async () => isFurther(await progress(sourceId), before))
    const goesOnMs = Math.round(performance.now() - killedAt)
    process.stdout.write(`noticed after ${noticedMs} ms, goes on after ${goesOnMs} ms\n`)
    expect(noticedMs).toBeLessThanOrEqual(NOTICED_WITHIN_MS)
    expect(goesOnMs).toBeLessThanOrEqual(GOES_ON_WITHIN_MS)
    expect((await progress(sourceId)).lastMessageId).toBeGreaterThanOrEqual(before.lastMessageId)
  }
  expect(await keyStatistics(emulator)).toMatchObject({ mostPeers: 1, duplicates: 0 })
})

async function progress(sourceId: number): Promise<Progress> {
  const [row] = await stage.sql<Progress[]>`
    select messages_stored as messages, bytes_stored::float8 as bytes, last_message_id as "lastMessageId"
    from runs join sources on sources.id = source_id where source_id = ${sourceId}`
  if (!row) throw new Error('no run')
  return row
}

function isFurther(now: Progress, before: Progress): boolean {
  return now.messages > before.messages || now.bytes > before.bytes
}

async function executor(): Promise<Fighter | undefined> {
  const { peers } = await keyStatistics(stage.emulator)
  return stage.scrapers.find(({ address }) => peers.includes(address))
}
