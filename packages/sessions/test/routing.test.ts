import { Arrivals, serveCalls } from '@telegather/events'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { SessionNotFound } from '../src/index.ts'
import { insertSession } from '../src/testing.ts'
import { errorToWire } from '../src/wire-errors.ts'
import { log, methodIn, startWorld, type World } from './world.ts'

describe('calls to a session', () => {
  let world: World
  /** Methods that were called over NATS. */
  const overNats: string[] = []

  beforeAll(async () => {
    world = await startWorld()
    const connection = await world.nats.connection()
    connection.subscribe(world.subject, {
      callback(_error, message) {
        const method = methodIn(message.data)
        if (method !== undefined) overNats.push(method)
      },
    })
  })
  afterEach(async () => {
    await world.reset()
    overNats.length = 0
  })
  afterAll(() => world.close())

  const scraper = (address: string, idleMs?: number) =>
    world.startProcess({ kind: 'scraper', address, ...(idleMs !== undefined && { idleMs }) })

  test('a process that now holds the lease makes its calls itself, not over NATS', async () => {
    const first = await scraper('127.0.0.2').openSession(world.sessionId)
    await first.me()
    const process = scraper('127.0.0.3')
    const before = await process.openSession(world.sessionId, { prefer: true })
    await before.me()
    await vi.waitFor(() => expect(overNats).toContain('me'))
    await before.close()
    await first.close()
    await world.database.db.$client`update session_leases set expires_at = '-infinity'`
    await vi.waitFor(async () => expect(await world.openConnections()).toBe(0))

    overNats.length = 0
    const session = await process.openSession(world.sessionId, { prefer: true })
    for (let call = 0; call < 5; call++) await session.me()
    expect(overNats).toEqual([])
    expect(await world.mostPeersEver()).toBe(1)
  })

  test('a process that prefers a session takes it over from an idle process of the same rank', async () => {
    const idle = await scraper('127.0.0.2').openSession(world.sessionId)
    await idle.me()
    await idle.close()
    const busy = await scraper('127.0.0.3').openSession(world.sessionId, { prefer: true })
    await busy.me()
    expect(overNats).toEqual(['yield'])
    expect(await world.mostPeersEver()).toBe(1)
  })

  test('calls go over NATS while a process of the same rank uses the session', async () => {
    const user = await scraper('127.0.0.2').openSession(world.sessionId)
    await user.me()
    const epoch = await world.epoch()
    const other = await scraper('127.0.0.3').openSession(world.sessionId, { prefer: true })
    expect(await other.me()).toEqual(await user.me())
    await vi.waitFor(() => expect(overNats).toEqual(['yield', 'me']))
    expect(await world.epoch()).toBe(epoch)
  })

  test('of two concurrent withdrawals of a session one deletes it and the other throws SessionNotFound', async () => {
    const { db } = world.database
    const processes = [scraper('127.0.0.2'), scraper('127.0.0.3')]
    const deleted = await insertSession(db, { sessionName: 'deleted' })
    const withdrawals = processes.map(({ withdraw }) =>
      withdraw(deleted, async () => db.$client`delete from sessions where id = ${deleted}`),
    )
    const outcomes = await Promise.allSettled(withdrawals)
    const reasons = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(reasons).toEqual([expect.any(SessionNotFound)])
  })

  test('a withdrawal ends with a busyMs when the holder answers but keeps its lease', async () => {
    await world.database.db.$client`
      insert into session_leases (session_id, holder_id, holder_kind, epoch, expires_at)
      values (${world.sessionId}, gen_random_uuid(), 'scraper', 1000, clock_timestamp() + interval '1 hour')
      on conflict (session_id) do update set epoch = 1000, expires_at = excluded.expires_at`
    const serving = serveCalls(await world.nats.connection(), world.subject, {
      epoch: 1000,
      handle: async () => true,
      toWire: errorToWire,
      arrivals: new Arrivals(),
      log,
    })
    try {
      const { withdraw } = scraper('127.0.0.2')
      const busyMs = await withdraw(world.sessionId, async (session) => session.busyMs)
      expect(busyMs).toBeGreaterThan(3_000_000)
    } finally {
      serving.unsubscribe()
    }
  })
})
