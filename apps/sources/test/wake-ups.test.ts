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
/** A sleep that ends by a wake-up only. */
const WITHOUT_SAFETY_NET_MS = 3_600_000
const PROGRESS = {
  messages_per_second: 1,
  bytes_per_second: 0,
  files: [],
  messages_left: null,
  estimated_end: null,
}

let database: TestDatabase
/** Its connection is not of the workers' pool. */
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

class ObservedWakeUp extends WakeUp {
  #isAwaited = false

  override async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    this.#isAwaited = true
    return super.wait(ms, signal).finally(() => (this.#isAwaited = false))
  }

  async isAwaited(): Promise<void> {
    await vi.waitFor(() => expect(this.#isAwaited).toBe(true))
  }
}

describe('schedules', () => {
  async function startListening(): Promise<void> {
    const wakeUp = new ObservedWakeUp()
    wakeOnNotification({ db: database.db, log }, 'schedules', wakeUp)
    await startAsleep({ wakeUp, maxSleepMs: WITHOUT_SAFETY_NET_MS })
  }

  async function startAsleep(options: { wakeUp: ObservedWakeUp; maxSleepMs?: number }) {
    working.push(runSchedules({ db: database.db, log, ...options }, aborted.signal))
    await options.wakeUp.isAwaited()
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
    await startListening()
    await setNextRun(1500)
    expect(await delay()).toBeLessThan(1000)
  })

  test('an instant that is set while the connection is lost makes its run once it is back', async () => {
    await startListening()
    await observer.db.$client`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query ilike 'listen%' and pid <> pg_backend_pid()`
    await setNextRun(0)
    expect(await delay()).toBeLessThan(10_000)
  })

  test('an instant whose notification is lost makes its run within the longest sleep', async () => {
    await startAsleep({ wakeUp: new ObservedWakeUp() })
    await setNextRun(0)
    expect(await delay()).toBeLessThan(16_000)
  })
})

describe('the words of a new post', () => {
  const addPost = () =>
    database.db.$client`
      insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
      values (1, 1, 'text', now(), 'Word', '[]', '[]', '{}')`

  async function startAsleep(options: { wakeUp: ObservedWakeUp; maxSleepMs?: number }) {
    working.push(makeSearchable({ db: database.db, log, ...options }, aborted.signal))
    await options.wakeUp.isAwaited()
  }

  async function millisecondsToWords(since: number): Promise<number> {
    await vi.waitFor(async () => {
      expect(await observer.db.$client`select from message_words`).toHaveLength(1)
    }, SAFETY_NET)
    return performance.now() - since
  }

  test('are made at once when its run sends a progress signal', async () => {
    const prefix = randomUUID()
    const wakeUp = new ObservedWakeUp()
    wakeOnProgress({ db: database.db, nats, log, prefix, signal: aborted.signal }, wakeUp)
    await startAsleep({ wakeUp, maxSleepMs: WITHOUT_SAFETY_NET_MS })
    await addPost()
    const since = performance.now()
    await sendSignal({ nats, prefix }, 'run.progressed', {
      runId: randomUUID(),
      progress: PROGRESS,
    })
    expect(await millisecondsToWords(since)).toBeLessThan(3000)
  })

  test('are made within the longest sleep when no wake-up comes', async () => {
    await startAsleep({ wakeUp: new ObservedWakeUp() })
    await addPost()
    expect(await millisecondsToWords(performance.now())).toBeLessThan(20_000)
  })
})
