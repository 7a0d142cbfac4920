import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { connectNats, type Nats } from '@telegather/events'
import { createKeyRing, generateFernetKey } from '@telegather/secrets'
import { createLog } from '@telegather/service'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import {
  createSessions,
  LeaseLost,
  SessionNotActive,
  SessionNotFound,
  SessionUnavailable,
  type OwnershipTimings,
  type Sessions,
} from '../src/index.ts'
import { DEFAULT_DEVICE, DEFAULT_KEEP_ALIVE, type TelegramConfig } from '@telegather/telegram'
import { signIn } from './sign-in.ts'

/** Short, yet with room for a machine that is busy with other tests. */
const TIMINGS: OwnershipTimings = { leaseMs: 4_000, renewMs: 500, marginMs: 500, graceMs: 1_500 }
const log = createLog({ name: 'test', level: 'silent' })

describe('a session', () => {
  let database: TestDatabase
  let emulator: Emulator
  let nats: Nats
  let sessionId: number
  const keys = createKeyRing(generateFernetKey())
  const opened: Sessions[] = []

  beforeAll(async () => {
    database = await createTestDatabase(inject('postgresUrl'))
    emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
    nats = connectNats(inject('natsUrl'), { name: 'test', log })
    const { account, auth, identity } = await signIn(configOf(null))
    const [row] = await database.db.$client<{ id: number }[]>`
      insert into sessions (session_name, phone_number, telegram_user_id, encrypted_auth, api_id, encrypted_api_hash, device)
      values ('one', '+9996621001', ${account.userId}, ${keys.encrypt(JSON.stringify(auth))},
        ${identity.api.apiId}, ${keys.encrypt(identity.api.apiHash)}, ${JSON.stringify(identity.device)}::jsonb)
      returning id`
    if (!row) throw new Error('no session')
    sessionId = row.id
  })
  afterAll(async () => {
    await nats.close()
    await emulator.close()
    await database.close()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sessions) => sessions.close()))
    await database.db.$client`update sessions set state = 'active'`
    await database.db.$client`update session_leases set expires_at = '-infinity'`
  })

  function configOf(egressAddress: string | null): TelegramConfig {
    return {
      api: { apiId: 1, apiHash: '0'.repeat(32) },
      device: DEFAULT_DEVICE,
      dcs: emulator.dcs,
      publicKeyPem: emulator.publicKeyPem,
      egressAddress,
      keepAlive: DEFAULT_KEEP_ALIVE,
    }
  }

  const subjectPrefix = () => new URL(database.url).pathname.slice(1)

  /** What one process has, with an address of its own. */
  function startProcess(
    kind: 'gateway' | 'scraper',
    address: string,
    { idleMs = 60_000, by = nats }: { idleMs?: number; by?: Nats } = {},
  ): Sessions {
    const sessions = createSessions({
      db: database.db,
      databaseUrl: database.url,
      nats: by,
      keys,
      config: configOf(address),
      log,
      kind,
      idleMs,
      timings: TIMINGS,
      subjectPrefix: subjectPrefix(),
    })
    opened.push(sessions)
    return sessions
  }

  interface KeyStats {
    readonly open_connections: number
    readonly distinct_peers: number
    readonly max_distinct_peers: number
  }
  const stats = async (): Promise<KeyStats[]> =>
    (await (await fetch(`${emulator.controlUrl}/stats`)).json()) as KeyStats[]
  const mostPeersEver = async () =>
    Math.max(...(await stats()).map((key) => key.max_distinct_peers))
  const openConnections = async () =>
    (await stats()).reduce((sum, key) => sum + key.open_connections, 0)
  const epoch = async () => {
    const [row] = await database.db.$client`select epoch::int from session_leases`
    return row?.['epoch'] as number
  }

  /** In epoch 1000. */
  const leaseToSomebody = (until: string) =>
    database.db.execute(sql`
      insert into session_leases (session_id, owner_id, owner_kind, epoch, expires_at)
      values (${sessionId}, gen_random_uuid(), 'scraper', 1000, ${sql.raw(until)})
      on conflict (session_id) do update set epoch = 1000, owner_id = excluded.owner_id, expires_at = excluded.expires_at`)

  test('answers the same to its owner and, over NATS, to any other process', async () => {
    const owner = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    const other = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    const me = await owner.me()
    expect(await other.me()).toEqual(me)
    const [first] = (await owner.dialogs({ cursor: null })).channels
    if (!first) throw new Error('no channel')
    const page = await owner.historyPage(first, { afterId: 0 })
    const overNatsPage = await other.historyPage(first, { afterId: 0 })
    expect(withoutReferences(overNatsPage)).toEqual(withoutReferences(page))

    const media = page.messages.find((message) => message.media)?.media
    if (!media) throw new Error('no file')
    const range = { offset: 0, limit: 1024 * 1024 }
    const bytes = await owner.fileChunk(media.location, range)
    const overNats = await other.fileChunk(media.location, range)
    expect(Buffer.compare(overNats, bytes)).toBe(0)
    const beyond = { offset: 1024 ** 3, limit: 4096 }
    expect(await other.fileChunk(media.location, beyond)).toHaveLength(0)

    for (const telegram of [owner, other])
      await expect(telegram.resolveUsername('nobody_has_this_name')).rejects.toMatchObject({
        name: 'PeerNotFound',
      })
    expect(await mostPeersEver()).toBe(1)
  })

  test('is let go some time after its last use, and its next owner need not wait', async () => {
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

  test('goes to a worker at once, while the gateway goes on using it', async () => {
    const gateway = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    await gateway.me()
    const busy = Array.from({ length: 20 }, () => gateway.me())
    const worker = await startProcess('scraper', '127.0.0.3').openSession(sessionId, {
      prefer: true,
    })
    await worker.me()
    await Promise.all(busy)
    expect(await gateway.me()).toEqual(await worker.me())
    const [lease] = await database.db.$client`select owner_kind from session_leases`
    expect(lease).toEqual({ owner_kind: 'scraper' })
    expect(await mostPeersEver()).toBe(1)
  })

  test('is handed over when its owner stops, within the second', async () => {
    const leaving = startProcess('gateway', '127.0.0.2')
    const staying = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    await (await leaving.openSession(sessionId)).me()
    await staying.me()
    const [answer] = await Promise.all([staying.dialogs({ cursor: null }), leaving.close()])
    expect(answer.channels.length).toBeGreaterThan(0)
    expect(await staying.me()).toBeDefined()
    expect(await mostPeersEver()).toBe(1)
  })

  test('whose owner has lost its lease is closed by it, and what it writes is refused', async () => {
    const owner = await startProcess('scraper', '127.0.0.2').openSession(sessionId)
    await owner.me()
    expect(await openConnections()).toBe(1)
    await database.db.transaction((tx) => owner.fence(tx))
    // Another owner's claim, as if this process had been paused beyond its lease.
    await database.db.$client`
      update session_leases set epoch = epoch + 1, owner_id = gen_random_uuid(),
        expires_at = clock_timestamp() + interval '1 hour'`
    await expect(database.db.transaction((tx) => owner.fence(tx))).rejects.toThrow(LeaseLost)
    await vi.waitFor(async () => expect(await openConnections()).toBe(0))

    const failure = await owner.me().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SessionUnavailable)
    expect((failure as SessionUnavailable).retryAfterSeconds).toBeGreaterThan(3_000)
    await database.db.$client`update session_leases set expires_at = '-infinity'`
    expect(await owner.me()).toBeDefined()
  })

  test('whose owner has changed takes no writes of what the owner before told another process', async () => {
    const owner = await startProcess('scraper', '127.0.0.2').openSession(sessionId)
    await owner.me()
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

  test('that is being written for keeps its lease, however long that takes', async () => {
    const session = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    await session.me()
    await database.db.transaction(async (tx) => {
      await session.fence(tx)
      const leasedUntil = async () =>
        (await tx.execute(sql`select expires_at from session_leases`))[0]?.['expires_at']
      const before = await leasedUntil()
      const isRenewed = async () => expect(await leasedUntil()).not.toEqual(before)
      await vi.waitFor(isRenewed, { timeout: 10_000, interval: 50 })
    })
  })

  test('that is being written for by a paused process keeps nobody waiting', async () => {
    const paused = await startProcess('scraper', '127.0.0.2').openSession(sessionId)
    await paused.me()
    const next = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    await database.db.$client`update session_leases set expires_at = '-infinity'`
    await database.db.transaction(async (tx) => {
      await paused.fence(tx)
      await vi.waitFor(async () => expect(await openConnections()).toBe(0))
      await expect(next.me()).rejects.toThrow(SessionUnavailable)
    })
    await vi.waitFor(async () => expect(await next.me()).toBeDefined(), { timeout: 10_000 })
    expect(await mostPeersEver()).toBe(1)
  })

  test('whose owner is frozen, or not to be reached, is said to be so', async () => {
    await leaseToSomebody("clock_timestamp() + interval '1 hour'")
    const connection = await nats.connection()
    const frozen = connection.subscribe(`${subjectPrefix()}.session.${sessionId}`)
    const away = connectNats('nats://127.0.0.1:1', { name: 'test', log })
    try {
      for (const by of [nats, away]) {
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

  test('of a dead owner waits until Telegram has dropped the old connection', async () => {
    await leaseToSomebody("clock_timestamp() + interval '400 milliseconds'")
    const startedAt = performance.now()
    const next = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    await next.me()
    expect(performance.now() - startedAt).toBeGreaterThan(1_800)
    expect(await epoch()).toBe(1001)
  })

  test('that does not exist, or must log in again, is said to be so', async () => {
    const { openSession } = startProcess('gateway', '127.0.0.2')
    await expect(openSession(999)).rejects.toThrow(SessionNotFound)
    await database.db.$client`update sessions set state = 'revoked'`
    await expect(openSession(sessionId)).rejects.toThrow(SessionNotActive)
  })

  test('that Telegram has ended is marked, and not asked for again', async () => {
    const owner = await startProcess('gateway', '127.0.0.2').openSession(sessionId)
    const other = await startProcess('gateway', '127.0.0.3').openSession(sessionId)
    await owner.me()
    await other.me()
    const { authKeys } = emulator.world
    for (const { id } of authKeys.all()) authKeys.remove(id)
    const lost = { state: 'needs_login', reason: 'AUTH_KEY_UNKNOWN' }
    await expect(other.me()).rejects.toMatchObject({ name: 'SessionNotActive', ...lost })
    await vi.waitFor(async () => expect(await openConnections()).toBe(0))
    await expect(other.me()).rejects.toThrow(SessionNotActive)
    await expect(owner.me()).rejects.toThrow(SessionNotActive)
    expect(await mostPeersEver()).toBe(1)
  })
})

/** File references are new in every answer. */
function withoutReferences(value: unknown): unknown {
  const json = JSON.stringify(value, (key, field: unknown) =>
    /^file_?reference$/i.test(key) ? null : field,
  )
  return JSON.parse(json) as unknown
}
