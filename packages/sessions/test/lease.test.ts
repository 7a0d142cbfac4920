import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { createLeases, type Leases } from '../src/lease.ts'
import { insertSession } from '../src/testing.ts'
import { log } from './world.ts'

/** A lease and the grace after it are over within 2 s. */
const SHORT = { leaseMs: 1_500, renewMs: 100, marginMs: 500, graceMs: 500 }
/** A lease that is not released lasts longer than the test. */
const LONG = { leaseMs: 60_000, renewMs: 100, marginMs: 500, graceMs: 60_000 }

describe('leases without a release', () => {
  let database: TestDatabase
  const opened: Leases[] = []

  beforeAll(async () => {
    database = await createTestDatabase(inject('postgresUrl'))
    for (const id of [1, 2])
      expect(
        await insertSession(database.db, { sessionName: `${id}`, telegramUserId: BigInt(id) }),
      ).toBe(id)
    await database.db.$client.unsafe(`
      create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'no release now'; end $$`)
  })
  afterEach(async () => {
    await acceptReleases()
    await Promise.all(opened.splice(0).map((leases) => leases.close()))
    await database.db.$client`delete from session_leases`
  })
  afterAll(() => database.close())

  const refuseReleases = () =>
    database.db.$client.unsafe(`
      create trigger refuse before update on session_leases for each row
      when (new.expires_at = '-infinity') execute function refuse()`)
  const acceptReleases = () =>
    database.db.$client.unsafe('drop trigger if exists refuse on session_leases')

  function leasesOf(timings: typeof SHORT): Leases {
    const holder = { id: randomUUID(), kind: 'scraper' }
    const leases = createLeases({ databaseUrl: database.url, holder, timings, log })
    opened.push(leases)
    return leases
  }

  test('a lease whose release keeps failing expires, while its process renews another lease', async () => {
    const process = leasesOf(SHORT)
    const released = await process.claim(1)
    const kept = await process.claim(2)
    await refuseReleases()
    await released?.release()
    const next = leasesOf(SHORT)
    await vi.waitFor(async () => expect(await next.claim(1)).not.toBeNull(), {
      timeout: 10_000,
      interval: 100,
    })
    expect(kept?.isTrusted()).toBe(true)
  })

  test('a failed release is retried until Postgres accepts it', async () => {
    const process = leasesOf(LONG)
    const released = await process.claim(1)
    await refuseReleases()
    await released?.release()
    await acceptReleases()
    const next = leasesOf(LONG)
    await vi.waitFor(async () => expect(await next.claim(1)).not.toBeNull(), {
      timeout: 10_000,
      interval: 100,
    })
  })

  test('the process whose release failed can claim the lease again at once', async () => {
    const process = leasesOf(LONG)
    const released = await process.claim(1)
    await refuseReleases()
    await released?.release()
    await acceptReleases()
    expect(await process.claim(1)).toMatchObject({ sessionId: 1, epoch: 2 })
  })

  test('an abandoned lease is not trusted any more and expires', async () => {
    const process = leasesOf(SHORT)
    const abandoned = await process.claim(1)
    const kept = await process.claim(2)
    abandoned?.abandon()
    expect(abandoned?.isTrusted()).toBe(false)
    expect(abandoned?.signal.aborted).toBe(true)
    const next = leasesOf(SHORT)
    expect(await next.claim(1)).toBeNull()
    await vi.waitFor(async () => expect(await next.claim(1)).not.toBeNull(), {
      timeout: 10_000,
      interval: 100,
    })
    expect(kept?.isTrusted()).toBe(true)
  })
})
