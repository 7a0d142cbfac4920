import { createDb, outbox } from '@telegather/db'
import { eq, isNull, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { describe, expect, test, vi } from 'vitest'
import { enqueue } from '../src/index.ts'
import { claimUnpublished, deletePublished, finishClaim } from '../src/queries.ts'
import { createWorld, type World } from './world.ts'

const add = (world: World, sourceId: number) =>
  world.db.transaction((tx) => enqueue(tx, 'source.created', { sourceId }))

const unpublished = (world: World) => world.db.$count(outbox, isNull(outbox.publishedAt))

/** The rows of a claim, all published or all refused. */
const finished = (rows: readonly (typeof outbox.$inferSelect)[], isPublished: boolean) =>
  rows.map((row) => ({ ...row, isPublished }))

/** Consumes `source.created` into the returned list. */
function collect(world: World): number[] {
  const seen: number[] = []
  void world.consume({
    event: 'source.created',
    handle: async ({ sourceId }) => seen.push(sourceId),
  })
  return seen
}

describe('an event', () => {
  test('is handled once its transaction has committed', async () => {
    await using world = await createWorld()
    world.relay()
    const seen = collect(world)
    await add(world, 7)
    await vi.waitFor(() => expect(seen).toEqual([7]))
    await vi.waitFor(async () => expect(await unpublished(world)).toBe(0))
  })

  test('is not published when its transaction rolls back', async () => {
    await using world = await createWorld()
    world.relay()
    const seen = collect(world)
    const failing = world.db.transaction(async (tx) => {
      await enqueue(tx, 'source.created', { sourceId: 1 })
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    await add(world, 2)
    await vi.waitFor(() => expect(seen).toEqual([2]))
    expect((await world.stream()).state.messages).toBe(1)
  })

  test('that does not match the catalog makes enqueue fail', async () => {
    await using world = await createWorld()
    await expect(add(world, 1.5)).rejects.toThrow(/sourceId/)
    expect(await world.db.$count(outbox)).toBe(0)
  })

  test('contains only the fields of the catalog', async () => {
    await using world = await createWorld()
    const payload = { sourceId: 1, session: 'secret' }
    await world.db.transaction((tx) => enqueue(tx, 'source.created', payload))
    const [row] = await world.db.select().from(outbox)
    expect(row?.payload).toEqual({ sourceId: 1 })
  })
})

describe('the relay', () => {
  test('publishes an event once although it failed between publishing and marking it', async () => {
    await using world = await createWorld()
    await world.db.execute(sql`
      create function refuse() returns trigger language plpgsql
      as $$ begin raise exception 'not now'; end $$`)
    await world.db.execute(
      sql`create trigger refuse before update of published_at on outbox for each row execute function refuse()`,
    )
    const seen = collect(world)
    await add(world, 1)
    world.relay()
    await vi.waitFor(() => expect(seen).toEqual([1]))
    await vi.waitFor(() => expect(world.logged('relay.failed')).toHaveLength(1))
    expect(await unpublished(world)).toBe(1)

    await world.db.execute(sql`drop trigger refuse on outbox`)
    // The retry happens after the relay's claim has expired.
    await vi.waitFor(async () => expect(await unpublished(world)).toBe(0))
    expect((await world.stream()).state.messages).toBe(1)
    await vi.waitFor(() => expect(world.logged('relay.recovered')).toHaveLength(1))
  })

  test('shares an outbox with other relays, and each event is published once', async () => {
    await using world = await createWorld()
    const others = [
      createDb(world.databaseUrl, { maxConnections: 2 }),
      createDb(world.databaseUrl, { maxConnections: 2 }),
    ]
    const ids = Array.from({ length: 350 }, (_, index) => index)
    await world.db.transaction(async (tx) => {
      for (const sourceId of ids) await enqueue(tx, 'source.created', { sourceId })
    })
    for (const { db } of others) world.relay({ db })
    await vi.waitFor(async () => expect(await unpublished(world)).toBe(0))
    expect((await world.stream()).state.messages).toBe(ids.length)
    await vi.waitFor(() => {
      const batches = world.logged('relay.published').map(({ published }) => Number(published))
      expect(batches.reduce((sum, published) => sum + published, 0)).toBe(ids.length)
    })
    await Promise.all(others.map((other) => other.close()))
  })

  test('does not wait for row locks of a stuck relay', async () => {
    await using world = await createWorld()
    const seen = collect(world)
    await add(world, 1)
    await world.db.transaction(async (stuck) => {
      await stuck.select().from(outbox).for('update')
      world.relay()
      await add(world, 2)
      await vi.waitFor(() => expect(seen).toEqual([2]))
    })
    await vi.waitFor(() => expect(seen).toEqual([2, 1]))
  })

  test("publishes another relay's claimed events only after the claim has expired", async () => {
    await using world = await createWorld()
    const seen = collect(world)
    await add(world, 1)
    await world.db.update(outbox).set({ claimedUntil: sql`now() + interval '1 hour'` })
    await add(world, 2)
    world.relay()
    await vi.waitFor(() => expect(seen).toEqual([2]))
    await world.db.update(outbox).set({ claimedUntil: sql`now()` })
    await vi.waitFor(() => expect(seen).toEqual([2, 1]))
  })

  test('that finishes an expired claim late changes no row that another relay has published', async () => {
    await using world = await createWorld()
    await add(world, 1)
    const late = await claimUnpublished(world.db, { limit: 1, claimMs: -1 })
    const next = await claimUnpublished(world.db, { limit: 1, claimMs: 7_000 })
    expect(next).toHaveLength(1)
    await finishClaim(world.db, finished(next, true))
    const published = await world.db.select().from(outbox)
    expect(published[0]?.publishedAt).not.toBeNull()

    await finishClaim(world.db, finished(late, false))
    expect(await world.db.select().from(outbox)).toEqual(published)
    await finishClaim(world.db, finished(late, true))
    expect(await world.db.select().from(outbox)).toEqual(published)
  })

  test('that finishes an expired claim late does not release the claim of another relay', async () => {
    await using world = await createWorld()
    await add(world, 1)
    const late = await claimUnpublished(world.db, { limit: 1, claimMs: -1 })
    const next = await claimUnpublished(world.db, { limit: 1, claimMs: 7_000 })
    await finishClaim(world.db, finished(late, false))
    expect(await world.db.select().from(outbox)).toEqual(next)
    await finishClaim(world.db, finished(next, false))
    expect(await claimUnpublished(world.db, { limit: 1, claimMs: 7_000 })).toHaveLength(1)
  })

  test('publishes the other events of a batch when JetStream refuses one', async () => {
    await using world = await createWorld()
    const seen = collect(world)
    await world.db.insert(outbox).values({ id: uuidv7(), subject: 'no subject', payload: {} })
    await add(world, 2)
    world.relay()
    await vi.waitFor(() => expect(seen).toEqual([2]))
    await vi.waitFor(async () => expect(await unpublished(world)).toBe(1))
  })

  test('deletes rows that were published more than three days ago', async () => {
    await using world = await createWorld()
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)
    const row = { subject: 'source.created', payload: { sourceId: 1 } }
    const [old, recent] = [uuidv7(), uuidv7()]
    await world.db.insert(outbox).values([
      { ...row, id: old, publishedAt: daysAgo(4) },
      { ...row, id: recent, publishedAt: daysAgo(2) },
    ])
    world.relay()
    await vi.waitFor(async () => expect(await world.db.$count(outbox, eq(outbox.id, old))).toBe(0))
    expect(await world.db.$count(outbox, eq(outbox.id, recent))).toBe(1)
  })
})

test('a relay deletes thousands of rows that were published more than three days ago, in several batches', async () => {
  await using world = await createWorld()
  await world.db.execute(sql`
    insert into outbox (id, subject, payload, published_at)
    select gen_random_uuid(), 'source.created', '{"sourceId": 1}', now() - n * interval '1 minute'
    from generate_series(1, 7000) n`)
  const kept = 3 * 24 * 60 - 1
  world.relay()
  await vi.waitFor(async () => expect(await world.db.$count(outbox)).toBe(kept))
})

test('deletePublished deletes at most `limit` rows', async () => {
  await using world = await createWorld()
  await world.db.execute(sql`
    insert into outbox (id, subject, payload, published_at)
    select gen_random_uuid(), 'source.created', '{"sourceId": 1}', now() - interval '4 days'
    from generate_series(1, 150)`)
  const batch = { days: 3, limit: 100 }
  expect(await deletePublished(world.db, batch)).toBe(100)
  expect(await deletePublished(world.db, batch)).toBe(50)
})
