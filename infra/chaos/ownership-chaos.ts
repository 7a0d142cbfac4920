import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { migrateDatabase } from '@telegather/db/migrate'
import { generateFernetKey } from '@telegather/secrets'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import postgres from 'postgres'
import { Client } from '../e2e/client.ts'
import { startFighter, type Fighter } from './fighting-services.ts'

/** Ownership's timings, scaled down; they fit together as the real ones do. */
const TIMINGS = {
  SESSION_LEASE_SECONDS: '2',
  SESSION_RENEW_SECONDS: '0.5',
  SESSION_MARGIN_SECONDS: '0.5',
  SESSION_PING_SECONDS: '0.5',
  SESSION_DISCONNECT_SECONDS: '1',
  SESSION_GRACE_SECONDS: '3',
}

const READY_WITHIN_MS = 60_000

export interface ChaosReport {
  readonly acts: Readonly<Record<string, number>>
  /** Calls answered, refused with 503, and failed otherwise (their process was killed). */
  readonly calls: { answered: number; refused: number; broken: number }
  /** The most addresses that were connected at once with one auth key. */
  readonly mostPeers: number
  /** The session's state in the end. */
  readonly sessionState: string
  /** Milliseconds from an act against an owner to the next answered call. */
  readonly takeOversMs: readonly number[]
}

export interface ChaosOptions {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly rounds: number
  readonly seed: number
}

type Act = (fighter: Fighter, random: () => number) => Promise<void>

/** What happens to a process in the middle of its work. */
const ACTS: Readonly<Record<string, Act>> = {
  async kill({ process }) {
    process().kill('SIGKILL')
  },
  async terminate({ process }) {
    process().kill('SIGTERM')
  },
  /** Up to twice the lease: sometimes it wakes as the owner, sometimes beyond. */
  async pause({ process }, random) {
    const paused = process()
    paused.kill('SIGSTOP')
    await delay(500 + random() * 4_500)
    paused.kill('SIGCONT')
  },
}

/**
 * Two gateways and two scrapers, each from an address of its own, use one session while they are killed, paused and
 * stopped. Reports what the emulator saw: more than one peer with one key would have cost the login.
 */
export async function ownershipChaos(options: ChaosOptions): Promise<ChaosReport> {
  const directory = await mkdtemp(join(tmpdir(), 'telegather-chaos-'))
  const emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
  const sql = postgres(options.postgresUrl, { max: 4, onnotice: () => {} })
  const fighters: Fighter[] = []
  try {
    await migrateDatabase(options.postgresUrl)
    const env = serviceEnvironment(options, emulator, directory)
    const kinds = ['auth-gateway', 'auth-gateway', 'scraper', 'scraper'] as const
    for (const [index, kind] of kinds.entries())
      fighters.push(await startFighter(kind, `127.0.0.${11 + index}`, env))
    return await fight({ options, emulator, sql, fighters })
  } finally {
    await Promise.all(fighters.map((fighter) => fighter.stop()))
    await sql.end({ timeout: 5 })
    await emulator.close()
    await rm(directory, { recursive: true, force: true })
  }
}

function serviceEnvironment(
  { postgresUrl, natsUrl }: ChaosOptions,
  emulator: Emulator,
  directory: string,
): NodeJS.ProcessEnv {
  return {
    ...TIMINGS,
    DATABASE_URL: postgresUrl,
    NATS_URL: natsUrl,
    LOG_LEVEL: 'silent',
    SESSION_ENC_KEY: generateFernetKey(),
    INTERNAL_KEY: generateFernetKey(),
    TELEGRAM_API_ID: '1',
    TELEGRAM_API_HASH: '0',
    TELEGRAM_DCS: JSON.stringify(emulator.dcs),
    TELEGRAM_PUBLIC_KEY: emulator.publicKeyPem,
    LOCAL_PATH: join(directory, 'local'),
  }
}

interface Arena {
  readonly options: ChaosOptions
  readonly emulator: Emulator
  readonly sql: postgres.Sql
  readonly fighters: readonly Fighter[]
}

async function fight({ options, emulator, sql, fighters }: Arena): Promise<ChaosReport> {
  const random = seeded(options.seed)
  const gateways = fighters.filter(({ name }) => name.startsWith('auth-gateway'))
  await Promise.all(fighters.map(untilReady))
  const [first] = gateways
  if (!first) throw new Error('no gateway')
  const account = { phone: '+9996621001', code: '22222' }
  const session = await new Client(first.url).logIn(account, 'fought over')

  const over = new AbortController()
  const calls = { answered: 0, refused: 0, broken: 0 }
  const load = [
    ...gateways.map((gateway) => callInALoop(gateway, session.id, calls, over.signal)),
    runInALoop(sql, session.id, over.signal),
  ]
  const acts: Record<string, number> = {}
  const takeOversMs: number[] = []
  for (let round = 0; round < options.rounds; round++) {
    const [name, act] = pick(Object.entries(ACTS), random)
    acts[name] = (acts[name] ?? 0) + 1
    const startedAt = performance.now()
    const { answered } = calls
    await act(pick(fighters, random), random)
    while (calls.answered === answered) await delay(20)
    takeOversMs.push(Math.round(performance.now() - startedAt))
    await delay(random() * 500)
  }
  over.abort()
  await Promise.all(load)
  const [row] = await sql<{ state: string }[]>`select state from sessions where id = ${session.id}`
  return {
    acts,
    calls,
    mostPeers: await mostPeers(emulator),
    sessionState: row?.state ?? 'gone',
    takeOversMs,
  }
}

async function callInALoop(
  gateway: Fighter,
  sessionId: number,
  calls: ChaosReport['calls'],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await fetch(`${gateway.url}/sessions/${sessionId}/channels`, {
        signal: AbortSignal.timeout(10_000),
      })
      await response.arrayBuffer()
      if (response.ok) calls.answered++
      else if (response.status === 503) calls.refused++
      else calls.broken++
    } catch {
      // Its process was killed, or is paused.
      calls.broken++
    }
    await delay(50)
  }
}

/** Keeps the scrapers busy: one run after the other reads the same channel from its beginning. */
async function runInALoop(
  sql: postgres.Sql,
  sessionId: number,
  signal: AbortSignal,
): Promise<void> {
  await sql`
    insert into sources (name, identifier, channel_title, access_level, target, session_id)
    values ('Fought over', '@chollos_del_dia_demo', 'Deals', 'public', 'LOCAL', ${sessionId})`
  while (!signal.aborted) {
    await sql`
      with again as (
        update sources set last_message_id = 0
        where not exists (select from runs where state in ('PENDING', 'RUNNING', 'WAITING', 'RETRYING'))
        returning id)
      insert into runs (id, source_id, trigger)
      select gen_random_uuid(), id, 'manual' from again`
    await delay(200)
  }
}

async function untilReady({ name, url }: Fighter): Promise<void> {
  for (const giveUpAt = performance.now() + READY_WITHIN_MS; performance.now() < giveUpAt;) {
    const response = await fetch(`${url}/health`).catch(() => null)
    if (response?.ok) return
    await delay(100)
  }
  throw new Error(`${name} does not start`)
}

async function mostPeers({ controlUrl }: Emulator): Promise<number> {
  const response = await fetch(`${controlUrl}/stats`)
  const keys = (await response.json()) as { max_distinct_peers: number }[]
  return Math.max(...keys.map((key) => key.max_distinct_peers))
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

/** The same numbers for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
