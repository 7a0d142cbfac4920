import { connectNats } from '@telegather/events'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { LeaseLost, SessionNotActive, SessionNotFound, SessionUnavailable } from '../src/index.ts'
import { log, startWorld, type World } from './world.ts'

describe('sessions', () => {
  let world: World
  let database: World['database']
  let sessionId: number

  beforeAll(async () => {
    world = await startWorld()
    ;({ database, sessionId } = world)
  })
  afterEach(() => world.reset())
  afterAll(() => world.close())

  const startProcess = (kind: 'gateway' | 'scraper', address: string, more = {}) =>
    world.startProcess({ kind, address, ...more })
  const mostPeersEver = () => world.mostPeersEver()
  const openConnections = () => world.openConnections()
  const epoch = () => world.epoch()

  /** Gives the lease to another holder until a time, with epoch 1000. */
  const leaseToAnother = (until: string) =>
    database.db.execute(sql`
      insert into session_leases (session_id, holder_id, holder_kind, epoch, expires_at)
      values (${sessionId}, gen_random_uuid(), 'scraper', 1000, ${sql.raw(until)})
      on conflict (session_id) do update set epoch = 1000, holder_id = excluded.holder_id, expires_at = excluded.expires_at`)

  test('a call over NATS returns the same as a call in the lease holder', async () => {
    const holder = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    const other = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    const me = await holder.me()
    expect(await other.me()).toEqual(me)
    const [first] = (await holder.dialogs({ cursor: null })).channels
    if (!first) throw new Error('no channel')
    const page = await holder.historyPage({ channel: first, afterId: 0 })
    const overNatsPage = await other.historyPage({ channel: first, afterId: 0 })
    expect(withoutReferences(overNatsPage)).toEqual(withoutReferences(page))

    const media = page.messages.find((message) => message.media)?.media
    if (!media) throw new Error('no file')
    const range = { offset: 0, limit: 1024 * 1024 }
    const bytes = await holder.fileChunk({ location: media.location, ...range })
    const overNats = await other.fileChunk({ location: media.location, ...range })
    expect(Buffer.compare(overNats, bytes)).toBe(0)
    const beyond = { offset: 1024 ** 3, limit: 4096 }
    expect(await other.fileChunk({ location: media.location, ...beyond })).toHaveLength(0)

    for (const telegram of [holder, other])
      await expect(
        telegram.resolveUsername({ username: 'nobody_has_this_name' }),
      ).rejects.toMatchObject({
        name: 'PeerNotFound',
      })
    expect(await mostPeersEver()).toBe(1)
  })

  test('an idle session is released, and the next holder connects without a grace period', async () => {
    const first = await startProcess('gateway', '127.0.0.2', { idleMs: 50 }).openSession(sessionId)
    await first.me()
    const before = await epoch()
    await first.close()
    await vi.waitFor(async () => expect(await openConnections()).toBe(0))
    const second = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    await second.me()
    expect(await epoch()).toBe(before + 1)
    expect(await mostPeersEver()).toBe(1)
  })

  test('a worker takes a session over from the gateway, whose calls go on', async () => {
    const gateway = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    await gateway.me()
    const busy = Array.from({ length: 20 }, () => gateway.me())
    const worker = await startProcess('scraper', '127.0.0.3').openSession(sessionId, {
      prefer: true,
    })
    await worker.me()
    await Promise.all(busy)
    expect(await gateway.me()).toEqual(await worker.me())
    const [lease] = await database.db.$client`select holder_kind from session_leases`
    expect(lease).toEqual({ holder_kind: 'scraper' })
    expect(await mostPeersEver()).toBe(1)
  })

  test('another process takes a session over when its lease holder closes', async () => {
    const leaving = startProcess('gateway', '127.0.0.2')
    const staying = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    await (await leaving.openSession(sessionId)).me()
    await staying.me()
    const [answer] = await Promise.all([staying.dialogs({ cursor: null }), leaving.close()])
    expect(answer.channels.length).toBeGreaterThan(0)
    expect(await staying.me()).toBeDefined()
    expect(await mostPeersEver()).toBe(1)
  })

  test('a process that loses the lease disconnects, and its writes are refused', async () => {
    const holder = await startProcess('scraper', '127.0.0.2').openSession(sessionId)
    await holder.me()
    expect(await openConnections()).toBe(1)
    await database.db.transaction((tx) => holder.fence(tx))
    // Another holder claims the lease, as after a long pause of this process.
    await database.db.$client`
      update session_leases set epoch = epoch + 1, holder_id = gen_random_uuid(),
        expires_at = clock_timestamp() + interval '1 hour'`
    await expect(database.db.transaction((tx) => holder.fence(tx))).rejects.toThrow(LeaseLost)
    await vi.waitFor(async () => expect(await openConnections()).toBe(0))

    const failure = await holder.me().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SessionUnavailable)
    expect((failure as SessionUnavailable).retryAfterSeconds).toBeGreaterThan(3_000)
    await database.db.$client`update session_leases set expires_at = '-infinity'`
    expect(await holder.me()).toBeDefined()
  })

  test('a process cannot write an answer that it received under an earlier lease', async () => {
    const holder = await startProcess('scraper', '127.0.0.2').openSession(sessionId)
    await holder.me()
    const other = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    await other.me()
    const declared = await database.db.transaction(async (tx) => {
      await other.fence(tx)
      return tx.execute(sql`select current_setting('telegather.epoch')::int as epoch,
        current_setting('idle_in_transaction_session_timeout') as idle`)
    })
    expect([...declared]).toEqual([{ epoch: await epoch(), idle: '5s' }])
    await database.db.$client`update session_leases set epoch = epoch + 1`
    await expect(database.db.transaction((tx) => other.fence(tx))).rejects.toThrow(LeaseLost)
  })

  test('the lease is renewed during a long fenced transaction', async () => {
    const session = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    await session.me()
    await database.db.transaction(async (tx) => {
      await session.fence(tx)
      const leasedUntil = async () =>
        (await tx.execute(sql`select expires_at from session_leases`))[0]?.['expires_at']
      const before = await leasedUntil()
      const isRenewed = async () => expect(await leasedUntil()).not.toEqual(before)
      await vi.waitFor(isRenewed, { interval: 50 })
    })
  })

  test('a session is unavailable during a paused fenced transaction, and is claimed after it', async () => {
    const paused = await startProcess('scraper', '127.0.0.2').openSession(sessionId)
    await paused.me()
    const next = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    await database.db.$client`update session_leases set expires_at = '-infinity'`
    await database.db.transaction(async (tx) => {
      await paused.fence(tx)
      await vi.waitFor(async () => expect(await openConnections()).toBe(0))
      await expect(next.me()).rejects.toThrow(SessionUnavailable)
    })
    await vi.waitFor(async () => expect(await next.me()).toBeDefined())
    expect(await mostPeersEver()).toBe(1)
  })

  test('a session whose frozen lease holder subscribes late is unavailable after 3 s in all', async () => {
    await leaseToAnother("clock_timestamp() + interval '1 hour'")
    const session = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    const connection = await world.nats.connection()
    const startedAt = performance.now()
    const passed = () => performance.now() - startedAt
    const failing = session.me().catch((error: unknown) => error)
    await vi.waitFor(() => expect(passed()).toBeGreaterThan(1_700), { timeout: 5_000 })
    const frozen = connection.subscribe(world.subject)
    try {
      expect(await failing).toBeInstanceOf(SessionUnavailable)
      expect(passed()).toBeLessThan(4_200)
    } finally {
      frozen.unsubscribe()
    }
  })

  test('a session is unavailable when its lease holder is frozen or NATS is unreachable', async () => {
    await leaseToAnother("clock_timestamp() + interval '1 hour'")
    const connection = await world.nats.connection()
    const frozen = connection.subscribe(world.subject)
    const away = connectNats('nats://127.0.0.1:1', { name: 'test', log })
    try {
      for (const by of [world.nats, away]) {
        const { openSession } = startProcess('gateway', '127.0.0.2', { by })
        const failure = await (await openSession(sessionId)).me().catch((error: unknown) => error)
        expect(failure).toBeInstanceOf(SessionUnavailable)
        expect((failure as SessionUnavailable).retryAfterSeconds).toBeGreaterThan(3_000)
      }
    } finally {
      frozen.unsubscribe()
      await away.close()
    }
  })

  test('the session of a dead lease holder is claimed after the lease and the grace period', async () => {
    await leaseToAnother("clock_timestamp() + interval '400 milliseconds'")
    const startedAt = performance.now()
    const next = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    await next.me()
    expect(performance.now() - startedAt).toBeGreaterThan(1_800)
    expect(await epoch()).toBe(1001)
  })

  test('a session that does not exist or is revoked cannot be opened', async () => {
    const { openSession } = startProcess('gateway', '127.0.0.2')
    await expect(openSession(999)).rejects.toThrow(SessionNotFound)
    await database.db.$client`update sessions set state = 'revoked'`
    await expect(openSession(sessionId)).rejects.toThrow(SessionNotActive)
  })

  test('a session whose login Telegram has ended becomes inactive and is disconnected', async () => {
    const holder = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    const other = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    await holder.me()
    await other.me()
    await world.emulator.control.placeFault({ kind: 'forget_key' })
    const lost = { state: 'needs_login', reason: 'AUTH_KEY_UNKNOWN' }
    await expect(other.me()).rejects.toMatchObject({ name: 'SessionNotActive', ...lost })
    await vi.waitFor(async () => expect(await openConnections()).toBe(0))
    await expect(other.me()).rejects.toThrow(SessionNotActive)
    await expect(holder.me()).rejects.toThrow(SessionNotActive)
    expect(await mostPeersEver()).toBe(1)
  })
})

/** Removes file references, which are new in every answer. */
function withoutReferences(value: unknown): unknown {
  const json = JSON.stringify(value, (key, field: unknown) =>
    /^file_?reference$/i.test(key) ? null : field,
  )
  return JSON.parse(json) as unknown
}
