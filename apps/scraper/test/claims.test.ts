import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { uuidv7 } from 'uuidv7'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { claimNext } from '../src/runs/claim-next.ts'
import { announceScraper } from '../src/runs/queries.ts'

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
    const run = await claimNext(database.db, { id: uuidv7(), deadAfterMs, scraper })
    if (run === null || run === 'others') return executing
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

test('a process that is alone takes what it can', async () => {
  await announceScraper(database.db, uuidv7())
  expect(await claimAll(deadAfterMs)).toBe(CONCURRENCY)
})
