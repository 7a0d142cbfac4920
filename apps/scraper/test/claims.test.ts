import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { uuidv7 } from 'uuidv7'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { claimNext } from '../src/runs/claim-next.ts'
import { announceScraper } from '../src/runs/queries/claims.ts'

const CONCURRENCY = 4
const deadAfterMs = 60_000

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
  await database.db.$client`
    with session as (
      insert into sessions (session_name, phone_number, telegram_user_id, encrypted_auth, api_id, encrypted_api_hash, device)
      select n, n, n, '', 1, '', '{}' from generate_series(1, 9) n returning id),
    source as (
      insert into sources (name, identifier, channel_title, access_level, target, session_id)
      select 'Source', 'x', 'x', 'private', 'LOCAL', id from session returning id)
    insert into runs (id, source_id, trigger) select gen_random_uuid(), id, 'manual' from source`
})
afterEach(() => database.close())

/** Claims as one process does: as long as it gets runs and has room for more. */
async function claimAll(patienceMs: number): Promise<number> {
  for (let executing = 0; executing < CONCURRENCY; executing++) {
    const scraper = { executing, patienceMs }
    const claim = await claimNext(database.db, { id: uuidv7(), deadAfterMs, scraper })
    if (claim?.status !== 'claimed') return executing
  }
  return CONCURRENCY
}

test('three processes share nine runs of nine sessions evenly', async () => {
  for (let process = 0; process < 3; process++) await announceScraper(database.db, uuidv7())
  const claimed = await Promise.all([1, 2, 3].map(async () => claimAll(deadAfterMs)))
  expect(claimed).toEqual([3, 3, 3])
})

test('what the others leave is taken in the end', async () => {
  for (let process = 0; process < 3; process++) await announceScraper(database.db, uuidv7())
  expect(await claimAll(0)).toBe(CONCURRENCY)
})

test('a claim waits for the deletion of its session before it locks a run, and then sees it', async () => {
  const { db } = database
  await db.$client`delete from runs where id <> (select id from runs limit 1)`
  const [run] = await db.$client`
    select source_id, sources.session_id from runs join sources on source_id = sources.id`
  const { claim } = await db.$client.begin(async (tx) => {
    await tx`update sources set session_id = null where id = ${Number(run?.['source_id'])}`
    await tx`delete from sessions where id = ${Number(run?.['session_id'])}`
    const claim = claimNext(db, { id: uuidv7(), deadAfterMs })
    const isWaiting = async () => {
      const waiting = await db.$client`
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      expect(waiting).toHaveLength(1)
    }
    await vi.waitFor(isWaiting, { timeout: 15_000 })
    await tx`select from runs for update nowait`
    return { claim }
  })
  expect(await claim).toMatchObject({ run: { state: 'RUNNING', sessionId: null } })
})

test('a process that is alone takes what it can', async () => {
  await announceScraper(database.db, uuidv7())
  expect(await claimAll(deadAfterMs)).toBe(CONCURRENCY)
})
