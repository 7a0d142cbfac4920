import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { connectNats, type Nats } from '@telegather/events'
import { createKeyRing, generateFernetKey } from '@telegather/secrets'
import { createLog } from '@telegather/service'
import { emulatorConfig } from '@telegather/telegram/testing'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import { inject } from 'vitest'
import { createSessions, type LeaseTimings, type Sessions } from '../src/index.ts'
import { addTestSession } from '../src/testing.ts'

/** Short, but long enough for a machine that runs other tests at the same time. */
const TIMINGS: LeaseTimings = { leaseMs: 4_000, renewMs: 500, marginMs: 500, graceMs: 1_500 }

export const log = createLog({ name: 'test', level: 'silent' })

interface ProcessOptions {
  readonly kind: 'gateway' | 'scraper'
  readonly address: string
  readonly idleMs?: number
  readonly by?: Nats
}

/** A test database with one stored session, an emulator, and any number of processes that open the session. */
export interface World {
  readonly database: TestDatabase
  readonly emulator: Emulator
  readonly nats: Nats
  readonly sessionId: number
  /** The NATS subject of the session's calls. */
  readonly subject: string
  /** Starts the sessions of one process, which connects to Telegram from its own network address. */
  readonly startProcess: (options: ProcessOptions) => Sessions
  /** The maximum number of addresses that were connected at once with one auth key. */
  readonly mostPeersEver: () => Promise<number>
  readonly openConnections: () => Promise<number>
  readonly epoch: () => Promise<number>
  /** Places a fault in the emulator; its README describes the faults. */
  readonly placeFault: (fault: Readonly<Record<string, unknown>>) => Promise<void>
  /** The number of calls that the faults have hit so far. */
  readonly timesFired: () => Promise<number>
  /** Closes every process and frees the session. */
  readonly reset: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function startWorld(): Promise<World> {
  const database = await createTestDatabase(inject('postgresUrl'))
  const emulator = await startEmulator({
    port: 0,
    controlPort: 0,
    world: 'demo',
    dataDir: null,
  })
  const nats = connectNats(inject('natsUrl'), { name: 'test', log })
  const keys = createKeyRing(generateFernetKey())
  const deps = { db: database.db, keys, config: emulatorConfig(emulator) }
  const sessionId = await addTestSession(deps, '+9996621001')
  const subjectPrefix = new URL(database.url).pathname.slice(1)
  const opened: Sessions[] = []

  function startProcess({ kind, address, idleMs = 60_000, by = nats }: ProcessOptions): Sessions {
    const sessions = createSessions({
      db: database.db,
      databaseUrl: database.url,
      nats: by,
      keys,
      config: emulatorConfig(emulator, address),
      log,
      kind,
      idleMs,
      timings: TIMINGS,
      subjectPrefix,
    })
    opened.push(sessions)
    return sessions
  }

  const statistics = () => emulator.control.stats()

  async function reset(): Promise<void> {
    await Promise.all(opened.splice(0).map((sessions) => sessions.close()))
    await database.db.$client`update sessions set state = 'active'`
    await database.db.$client`update session_leases set expires_at = '-infinity'`
  }

  return {
    database,
    emulator,
    nats,
    sessionId,
    subject: `${subjectPrefix}.session.${sessionId}`,
    startProcess,
    mostPeersEver: async () =>
      Math.max(...(await statistics()).map((key) => key.max_distinct_peers)),
    openConnections: async () =>
      (await statistics()).reduce((sum, key) => sum + key.open_connections, 0),
    async epoch() {
      const [lease] = await database.db.$client`select epoch::int from session_leases`
      return lease?.['epoch'] as number
    },
    async placeFault(fault) {
      const body = JSON.stringify(fault)
      await fetch(`${emulator.controlUrl}/faults`, { method: 'POST', body })
    },
    async timesFired() {
      const faults = await (await fetch(`${emulator.controlUrl}/faults`)).json()
      return (faults as { fired: number }[]).reduce((sum, { fired }) => sum + fired, 0)
    },
    reset,
    async close() {
      await reset()
      await nats.close()
      await emulator.close()
      await database.close()
    },
  }
}

/** The method of a call that is one NATS message: three integers, the length of the JSON, and the JSON. */
export function methodIn(message: Uint8Array): string | undefined {
  const frame = Buffer.from(message).subarray(12)
  const json = frame.toString('utf8', 4, 4 + frame.readUInt32BE(0))
  return (JSON.parse(json) as { head: { method?: string } }).head.method
}
