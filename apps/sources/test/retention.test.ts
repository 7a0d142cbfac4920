import { createDb, type Connection } from '@telegather/db'
import { createTestDatabase, readCost, type TestDatabase } from '@telegather/db/testing'
import { createLog } from '@telegather/service'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { pruneStep, type Cursor, type PrunedTable } from '../src/retention/prune.ts'
import { pruneOldRows } from '../src/workers/prune-old-rows.ts'

const SOURCES = 20
/** One each 6 hours for 180 days, newest first. */
const RUNS_PER_SOURCE = 720
const RUNS_PER_DAY = 4
const KEPT_DAYS = 90
const DAYS = { runs: KEPT_DAYS, audit: KEPT_DAYS }
/** A page of 200 rows: each is read and locked, its source's newer row is looked up, and its entries are deleted. */
const MAX_ROWS_READ = 4000
const log = createLog({ name: 'test', level: 'silent' })

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
  await database.db.$client`
    insert into sources (owner_kind, name, identifier, channel_title, access_level, target)
    select 'operator', 'Source', '@source', 'Source', 'public', 'LOCAL' from generate_series(1, ${SOURCES}::int)`
})
afterEach(() => database.close())

const TABLES: readonly PrunedTable[] = ['runs', 'file_verifications', 'audit_events']

/** A UUIDv7 of so many days ago. */
const idAt = (days: string, number: string) => `
  (lpad(to_hex((extract(epoch from now() - (${days}) * interval '1 day') * 1000)::bigint), 12, '0')
    || '70008000' || lpad(to_hex(${number}), 12, '0'))::uuid`

/** Run `n` of each source was made `n` quarters of a day ago, its newest is run 0. */
async function addRuns(perSource: number): Promise<void> {
  const days = `n / ${RUNS_PER_DAY}.0`
  await database.db.$client.unsafe(`
    insert into runs (id, source_id, trigger, state, created_at, finished_at)
    select ${idAt(days, 'source * 100000 + n')}, source, 'scheduled', 'COMPLETED',
      now() - ${days} * interval '1 day', now() - ${days} * interval '1 day'
    from generate_series(1, ${SOURCES}) source, generate_series(0, ${perSource - 1}) n;
    insert into run_logs (run_id, level, message)
    select id, 'info', 'line ' || n from runs, generate_series(1, 2) n`)
}

async function addVerifications(perSource: number): Promise<void> {
  await database.db.$client.unsafe(`
    insert into file_verifications (id, source_id, by_hash, state, created_at, finished_at)
    select ${idAt('n', 'source * 100000 + n')}, source, false, 'COMPLETED',
      now() - n * interval '1 day', now() - n * interval '1 day'
    from generate_series(1, ${SOURCES}) source, generate_series(0, ${perSource - 1}) n;
    insert into file_findings (verification_id, file_id, message_id, problem, expected_size)
    select id, 1, 1, 'missing', 5 from file_verifications`)
}

async function addAuditEvents(count: number): Promise<void> {
  const days = `n * 180.0 / ${count}`
  await database.db.$client.unsafe(`
    insert into audit_events (id, owner_kind, action, object_id, details, created_at)
    select ${idAt(days, 'n')}, 'operator', 'source.created', '1', '{}', now() - ${days} * interval '1 day'
    from generate_series(0, ${count - 1}) n`)
}

async function count(rows: string): Promise<number> {
  const [row] = await database.db.$client.unsafe<[{ count: number }]>(
    `select count(*)::int as count from ${rows}`,
  )
  return row.count
}

async function prune(table: PrunedTable, days = DAYS, db = database.db): Promise<void> {
  let after: Cursor | undefined
  for (;;) {
    const { next } = await pruneStep(db, table, { days, ...(after !== undefined && { after }) })
    if (next === null) return
    after = next
  }
}

test('runs, verifications and audit events older than their days go, with what belongs to them; younger ones stay', async () => {
  await addRuns(RUNS_PER_SOURCE)
  await addVerifications(180)
  await addAuditEvents(4000)
  const aborted = new AbortController()
  const pruning = pruneOldRows({ db: database.db, log }, DAYS, aborted.signal)
  await vi.waitFor(
    async () => {
      expect(await count('audit_events')).toBe(2000)
    },
    { timeout: 40_000, interval: 200 },
  )
  aborted.abort()
  await pruning

  expect(await count('runs')).toBe(SOURCES * KEPT_DAYS * RUNS_PER_DAY)
  expect(await count('run_logs')).toBe(2 * SOURCES * KEPT_DAYS * RUNS_PER_DAY)
  expect(await count(`runs where finished_at < now() - interval '${KEPT_DAYS} days'`)).toBe(0)
  expect(await count('file_verifications')).toBe(SOURCES * KEPT_DAYS)
  expect(await count('file_findings')).toBe(SOURCES * KEPT_DAYS)
})

test('a run that has not ended stays, however old it is, and so does the last run of each source', async () => {
  await addRuns(RUNS_PER_SOURCE)
  const { $client } = database.db
  // Source 1 has been idle for 100 days; a run of source 2 waits since then.
  await $client`delete from runs where source_id = 1 and created_at > now() - interval '100 days'`
  const [waiting] = await $client<[{ id: string }]>`
    update runs set state = 'WAITING', finished_at = null where id = (
      select id from runs where source_id = 2 order by id limit 1) returning id`
  const [last] = await $client<[{ id: string }]>`
    select id from runs where source_id = 1 order by id desc limit 1`
  await prune('runs')

  expect(await $client`select id from runs where source_id = 1`).toEqual([{ id: last.id }])
  expect(await count(`run_logs where run_id = '${last.id}'`)).toBe(2)
  expect(await count(`runs where id = '${waiting.id}'`)).toBe(1)
  expect(await count('runs where source_id = 2')).toBe(KEPT_DAYS * RUNS_PER_DAY + 1)
})

test('the last verification of each source stays', async () => {
  await addVerifications(180)
  await database.db.$client`
    delete from file_verifications where created_at > now() - interval '100 days'`
  await prune('file_verifications')
  expect(await count('file_verifications')).toBe(SOURCES)
  expect(await count('file_findings')).toBe(SOURCES)
})

test('runs with a full log go in steps of bounded size', async () => {
  await addRuns(500)
  await database.db.$client`
    insert into run_logs (run_id, level, message)
    select id, 'info', 'line' from (
      select id from runs where source_id = 1 and finished_at < now() - interval '95 days') full_runs,
      generate_series(1, 998)`
  const lines = () => count('run_logs')
  let after: Cursor | undefined
  for (;;) {
    const before = await lines()
    const { next } = await pruneStep(database.db, 'runs', { days: DAYS, ...(after && { after }) })
    expect(before - (await lines())).toBeLessThanOrEqual(2000)
    if (next === null) break
    after = next
  }
  expect(await count('runs')).toBe(SOURCES * KEPT_DAYS * RUNS_PER_DAY)
  expect(await lines()).toBe(2 * SOURCES * KEPT_DAYS * RUNS_PER_DAY)
})

test('replicas prune at the same time, and one that dies in between leaves the rest to the others', async () => {
  await addRuns(RUNS_PER_SOURCE)
  const replicas = Array.from({ length: 3 }, () => createDb(database.url, { maxConnections: 1 }))
  const dying = createDb(database.url, { maxConnections: 1 })
  const died = prune('runs', DAYS, dying.db).catch((error: unknown) => error)
  const [backend] = await dying.db.$client<[{ pid: number }]>`select pg_backend_pid() as pid`
  await database.db.$client`select pg_terminate_backend(${backend.pid})`
  await Promise.all(replicas.map(({ db }) => prune('runs', DAYS, db)))
  await died
  await Promise.all([...replicas, dying].map(({ close }) => close()))
  expect(await count('runs')).toBe(SOURCES * KEPT_DAYS * RUNS_PER_DAY)
  expect(await count('run_logs')).toBe(2 * SOURCES * KEPT_DAYS * RUNS_PER_DAY)
})

test.each(TABLES)('0 days keep all rows of %s', async (table) => {
  await addRuns(500)
  await addVerifications(100)
  await addAuditEvents(1000)
  const before = await count(table)
  await prune(table, { runs: 0, audit: 0 })
  expect(await count(table)).toBe(before)
})

test.each(TABLES)('a step costs what it deletes, however many rows %s has', async (table) => {
  await addRuns(RUNS_PER_SOURCE)
  await addVerifications(720)
  await addAuditEvents(10_000)
  let connection: Connection | undefined
  try {
    connection = createDb(database.url, { maxConnections: 1 })
    const { db } = connection
    let after: Cursor | undefined
    let steps = 0
    for (; steps < 5; steps++) {
      const { result, rowsRead } = await readCost(db, () =>
        pruneStep(db, table, { days: DAYS, ...(after !== undefined && { after }) }),
      )
      expect(result.expired).toBe(200)
      expect(rowsRead).toBeLessThan(MAX_ROWS_READ)
      after = result.next ?? undefined
    }
    // A pass that finds nothing to delete reads no young rows.
    await prune(table)
    await database.db.$client.unsafe(`vacuum ${table}`)
    const { rowsRead } = await readCost(db, () => pruneStep(db, table, { days: DAYS }))
    expect(rowsRead).toBeLessThan(MAX_ROWS_READ)
  } finally {
    await connection?.close()
  }
})
