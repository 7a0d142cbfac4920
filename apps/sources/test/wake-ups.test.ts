import { randomUUID } from 'node:crypto'
import { createDb, type Connection } from '@telegather/db'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { connectNats, sendSignal, wakeOnNotification, type Nats } from '@telegather/events'
import { createLog, WakeUp } from '@telegather/service'
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { updateSource } from '../src/sources/queries.ts'
import { makeSearchable } from '../src/workers/make-searchable.ts'
import { runSchedules } from '../src/workers/run-schedules.ts'
import { wakeOnProgress } from '../src/workers/wake-on-progress.ts'

const log = createLog({ name: 'test', level: 'silent' })
/** Above the longest sleep of a worker, 15 s. */
const SAFETY_NET = { timeout: 25_000, interval: 50 }
const PROGRESS = {
  messages_per_second: 1,
  bytes_per_second: 0,
  files: [],
  messages_left: null,
  estimated_end: null,
}

let database: TestDatabase
/** Not the workers' pool, whose connections it looks at. */
let observer: Connection
let nats: Nats
let aborted: AbortController
let working: Promise<void>[]
beforeEach(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
  observer = createDb(database.url, { maxConnections: 1 })
  nats = connectNats(inject('natsUrl'), { name: 'test', log })
  aborted = new AbortController()
  working = []
  await database.db.$client`
    insert into sources (owner_kind, name, identifier, channel_title, access_level, target, schedule)
    values ('operator', 'Source', '@source', 'Source', 'public', 'LOCAL', '0 0 1 1 *')`
})
afterEach(async () => {
  aborted.abort()
  await Promise.all(working)
  await nats.close()
  await observer.close()
  await database.close()
})

/** The worker's last statement was this one, so many seconds ago. */
async function isAsleep(statement: string, seconds: number): Promise<void> {
  await vi.waitFor(async () => {
    const rows = await observer.db.$client`
      select from pg_stat_activity where datname = current_database() and query ilike ${`%${statement}%`}
        and pid <> pg_backend_pid() and state = 'idle'
        and state_change < clock_timestamp() - ${seconds} * interval '1 second'`
    expect(rows.length).toBeGreaterThan(0)
  }, SAFETY_NET)
}

describe('schedules', () => {
  function start({ isListening }: { isListening: boolean }): void {
    const { db } = database
    const wakeUp = new WakeUp()
    if (isListening) wakeOnNotification({ db, log }, 'schedules', wakeUp)
    working.push(runSchedules({ db, log, wakeUp }, aborted.signal))
  }

  /** Milliseconds between the instant and its run. */
  async function delay(): Promise<number> {
    const [run] = await vi.waitFor(async () => {
      const rows = await observer.db.$client<{ ms: number }[]>`
        select (extract(epoch from created_at - scheduled_for) * 1000)::float8 as ms from runs`
      expect(rows).toHaveLength(1)
      return rows
    }, SAFETY_NET)
    return run?.ms ?? Number.NaN
  }

  const setNextRun = (inMs: number) =>
    database.db.transaction((tx) => updateSource(tx, 1, { nextRunAt: new Date(Date.now() + inMs) }))

  test('an instant that is set while the worker sleeps makes its run within a second', async () => {
    start({ isListening: true })
    await isAsleep('min(next_run_at)', 2)
    await setNextRun(1500)
    expect(await delay()).toBeLessThan(1000)
  })

  test('an instant that is set while the connection is lost makes its run once it is back', async () => {
    start({ isListening: true })
    await isAsleep('min(next_run_at)', 2)
    await observer.db.$client`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query ilike 'listen%' and pid <> pg_backend_pid()`
    await setNextRun(0)
    expect(await delay()).toBeLessThan(10_000)
  })

  test('an instant of which no notification came makes its run within the longest sleep', async () => {
    start({ isListening: false })
    await isAsleep('min(next_run_at)', 1)
    await setNextRun(0)
    expect(await delay()).toBeLessThan(16_000)
  })
})

describe('the words of a new post', () => {
  const addPost = () =>
    database.db.$client`
      insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
      values (1, 1, 'text', now(), 'Word', '[]', '[]', '{}')`

  function start(prefix?: string): void {
    const { db } = database
    const wakeUp = new WakeUp()
    if (prefix !== undefined)
      wakeOnProgress({ db, nats, log, prefix, signal: aborted.signal }, wakeUp)
    working.push(makeSearchable({ db, log, wakeUp }, aborted.signal))
  }

  async function millisecondsToWords(since: number): Promise<number> {
    await vi.waitFor(async () => {
      expect(await observer.db.$client`select from message_words`).toHaveLength(1)
    }, SAFETY_NET)
    return performance.now() - since
  }

  test('are made at once when its run says that it makes progress', async () => {
    const prefix = randomUUID()
    start(prefix)
    await isAsleep('commit', 3)
    await addPost()
    const since = performance.now()
    await sendSignal({ nats, prefix }, 'run.progressed', {
      runId: randomUUID(),
      progress: PROGRESS,
    })
    expect(await millisecondsToWords(since)).toBeLessThan(3000)
  })

  test('are made within the longest sleep when nothing was heard', async () => {
    start()
    await isAsleep('commit', 3)
    await addPost()
    expect(await millisecondsToWords(performance.now())).toBeLessThan(20_000)
  })
})
