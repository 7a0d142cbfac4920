import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { asc, eq, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest'
import { createDb } from '../src/connection.ts'
import { claimSources, lockName, lockRun, lockSession, lockSource } from '../src/locks.ts'
import { runs } from '../src/schema/runs.ts'
import { sessions } from '../src/schema/sessions.ts'
import { sources } from '../src/schema/sources.ts'
import { createTestDatabase, type TestDatabase } from '../src/testing.ts'

const FROZEN = fileURLToPath(new URL('processes/frozen-in-transaction.ts', import.meta.url))

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
  await database.db.execute(sql`
    insert into sources (owner_kind, name, identifier, channel_title, access_level, target)
    values ('operator', 'Source', 'x', 'x', 'public', 'LOCAL')`)
})
afterAll(() => database.close())

let frozen: ChildProcess | undefined
afterEach(() => frozen?.kill('SIGKILL'))

/** Starts a process that stops itself (SIGSTOP) in a transaction; resolves once that transaction is idle. */
async function freeze(...limit: string[]): Promise<void> {
  frozen = spawn(process.execPath, [FROZEN, database.url, ...limit], { stdio: 'inherit' })
  await vi.waitFor(
    async () => {
      const rows = await database.db.execute(sql`
        select from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`)
      expect(rows).toHaveLength(1)
    },
    { interval: 20 },
  )
}

test("a frozen process's lock on a source is released after 5 s", async () => {
  await freeze()
  const startedAt = performance.now()
  const source = await database.db.transaction((tx) => lockSource(tx, eq(sources.id, 1)))
  expect(source?.id).toBe(1)
  expect(performance.now() - startedAt).toBeLessThan(8_000)
})

test('other locks of a frozen process are released after the idle timeout of its pool', async () => {
  await freeze('500')
  const startedAt = performance.now()
  await database.db.transaction((tx) => tx.execute(sql`select pg_advisory_xact_lock(1)`))
  expect(performance.now() - startedAt).toBeLessThan(3_000)
})

test('the default lock timeout is 5 s longer than the idle timeout of a transaction', async () => {
  const [limits] = await database.db.execute(sql`
    select current_setting('idle_in_transaction_session_timeout') as idle,
      current_setting('lock_timeout') as lock, current_setting('tcp_keepalives_idle') as alive`)
  expect(limits).toMatchObject({ idle: '15s', lock: '20s' })
})

test('a statement fails after the lock timeout', async () => {
  const impatient = createDb(database.url, { maxConnections: 1, idleInTransactionMs: 1 })
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`set local idle_in_transaction_session_timeout = 0`)
    await tx.execute(sql`select pg_advisory_xact_lock(2)`)
    await expect(impatient.db.execute(sql`select pg_advisory_xact_lock(2)`)).rejects.toMatchObject({
      cause: { code: '55P03' },
    })
  })
  await impatient.close()
})

test('a lock out of order throws', async () => {
  await database.db.transaction(async (tx) => {
    await lockSource(tx, eq(sources.id, 1))
    await lockSource(tx, eq(sources.id, 1))
    await lockRun(tx, eq(runs.sourceId, 1))
    await expect(lockSession(tx, eq(sessions.id, 1), 'key share')).rejects.toThrow(
      'a transaction must lock the session before it locks the run',
    )
  })
})

test('a claim of sources and advisory locks of names obey the lock order', async () => {
  const { db } = database
  const claim = {
    where: eq(sources.id, 1),
    strength: 'update',
    orderBy: asc(sources.id),
    limit: 1,
  } as const
  await db.transaction(async (tx) => {
    await claimSources(tx, claim)
    await lockName(tx, 'auth key', '1')
    await lockName(tx, 'account', '1')
    await lockName(tx, 'bot', '1')
    await expect(lockName(tx, 'account', '1')).rejects.toThrow(
      'a transaction must lock the account before it locks the bot',
    )
    await expect(claimSources(tx, claim)).rejects.toThrow(/must lock the source before/)
    await lockSession(tx, eq(sessions.id, 1), 'key share')
    await expect(lockName(tx, 'bot', '1')).rejects.toThrow(/must lock the bot before/)
  })
})

test('a claim of sources skips locked ones and limits how long its transaction may be idle', async () => {
  const { db } = database
  await db.transaction(async (tx) => {
    const claim = {
      where: eq(sources.id, 1),
      strength: 'no key update',
      orderBy: asc(sources.id),
      limit: 1,
    } as const
    expect(await claimSources(tx, claim)).toMatchObject([{ id: 1 }])
    const [limit] = await tx.execute(
      sql`select current_setting('idle_in_transaction_session_timeout') as idle`,
    )
    expect(limit).toEqual({ idle: '5s' })
    expect(await db.transaction((other) => claimSources(other, claim))).toEqual([])
  })
})
