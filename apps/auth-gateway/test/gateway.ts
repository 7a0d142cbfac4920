import type { AuthMode } from '@telegather/contracts'
import { createDb, type Db } from '@telegather/db'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { connectNats } from '@telegather/events'
import { createKeyRing, generateFernetKey } from '@telegather/secrets'
import { createLog, listen, type Logger } from '@telegather/service'
import { demandContractedProblems } from '@telegather/service/testing'
import { createSessions, type OpenSession, type Withdraw } from '@telegather/sessions'
import type { TelegramConfig } from '@telegather/telegram'
import { emulatorConfig } from '@telegather/telegram/testing'
import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import { inject } from 'vitest'
import { z } from 'zod'
import { buildApp } from '../src/app.ts'
import type { LoginDeps } from '../src/accounts/login/deps.ts'
import { loginLimitVariables } from '../src/accounts/login/limit-variables.ts'
import { createLoginLimits, type LoginLimits } from '../src/accounts/login/limits.ts'

export const INTERNAL_KEY = 'k'.repeat(32)

/** Two replicas of the gateway with one database and one emulated Telegram. */
export interface Gateways {
  readonly urls: readonly [string, string]
  readonly database: TestDatabase
  readonly emulator: Emulator
  readonly loginDeps: LoginDeps
  /** Opens sessions of the first replica. */
  readonly openSession: OpenSession
  close(): Promise<void>
}

/** High limits, for tests that do not test limits. */
const NO_LIMITS = {
  LOGIN_LIMIT_PHONE: '1000/60',
  LOGIN_LIMIT_ADDRESS: '1000/60',
  LOGIN_LIMIT_TOTAL: '1000/60',
}

const LOGIN_STEPS_AT_ONCE = 4

interface GatewayOptions {
  readonly authMode?: AuthMode
  readonly log?: Logger
  readonly sourcesUrl?: string
  /**
   * Each replica has its own IP address and keeps its connections to Telegram. Telegram ends a login whose key is used from
   * two addresses.
   */
  readonly strict?: boolean
  readonly trustedProxies?: readonly string[]
  /** Variables of the login limits. */
  readonly limits?: Readonly<Record<string, string>>
}

export async function startGateways(options: GatewayOptions = {}): Promise<Gateways> {
  const database = await createTestDatabase(inject('postgresUrl'))
  const emulator = await startEmulator({
    port: 0,
    controlPort: 0,
    world: 'demo',
    dataDir: null,
    strictOwnership: options.strict ?? false,
  })
  const telegram = emulatorConfig(emulator)
  const keys = createKeyRing(generateFernetKey())
  const limitVariables = z.object(loginLimitVariables).parse({ ...NO_LIMITS, ...options.limits })
  const limits = createLoginLimits(database.db, limitVariables)
  const steps = createDb(database.url, { maxConnections: LOGIN_STEPS_AT_ONCE })
  const parts = {
    database,
    stepDb: steps.db,
    limits,
    telegram,
    keys,
    authMode: options.authMode ?? 'none',
    log: options.log ?? createLog({ name: 'test', level: 'silent' }),
    // By default a closed port.
    sourcesUrl: options.sourcesUrl ?? 'http://127.0.0.1:9',
    trustedProxies: options.trustedProxies ?? [],
  }
  const at = (egressAddress: string) => ({ ...parts, telegram: { ...telegram, egressAddress } })
  const idleMs = options.strict ? 60_000 : 0
  const first = await startGateway(options.strict ? at('127.0.0.21') : parts, idleMs)
  const second = await startGateway(options.strict ? at('127.0.0.22') : parts, idleMs)
  return {
    urls: [first.url, second.url],
    database,
    emulator,
    loginDeps: {
      db: database.db,
      stepDb: steps.db,
      keys,
      telegram,
      limits,
      withdraw: first.withdraw,
    },
    openSession: first.openSession,
    async close() {
      await Promise.all([first.close(), second.close()])
      await emulator.close()
      await steps.close()
      await database.close()
    },
  }
}

async function startGateway(
  parts: {
    database: TestDatabase
    stepDb: Db
    telegram: TelegramConfig
    keys: ReturnType<typeof createKeyRing>
    authMode: AuthMode
    log: Logger
    sourcesUrl: string
    trustedProxies: readonly string[]
    limits: LoginLimits
  },
  idleMs: number,
): Promise<{ url: string; openSession: OpenSession; withdraw: Withdraw; close(): Promise<void> }> {
  const { db } = parts.database
  const { telegram, keys, authMode, log } = parts
  const nats = connectNats(inject('natsUrl'), { name: 'test', log })
  const sessions = createSessions({
    db,
    databaseUrl: parts.database.url,
    nats,
    keys,
    config: telegram,
    log,
    kind: 'gateway',
    idleMs,
    subjectPrefix: new URL(parts.database.url).pathname.slice(1),
  })
  const app = await buildApp({
    db,
    stepDb: parts.stepDb,
    keys,
    telegram,
    limits: parts.limits,
    log,
    openSession: sessions.openSession,
    withdraw: sessions.withdraw,
    ready: {},
    signal: new AbortController().signal,
    authMode,
    internalKey: INTERNAL_KEY,
    corsOrigins: ['http://localhost:5173'],
    sourcesUrl: parts.sourcesUrl,
    trustedProxies: parts.trustedProxies,
  })
  demandContractedProblems(app)
  const url = await listen(app, { host: '127.0.0.1', port: 0 })
  return {
    url,
    openSession: sessions.openSession,
    withdraw: sessions.withdraw,
    async close() {
      await app.close()
      await sessions.close()
      await nats.close()
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed JSON, not validated: tests compare it with the expected values. */
  readonly body: Record<string, unknown>
}

export async function post(url: string, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return readAnswer(response)
}

export async function get(url: string): Promise<Answer> {
  return readAnswer(await fetch(url))
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  const body = JSON.parse(text) as Record<string, unknown>
  return { status: response.status, headers: response.headers, text, body }
}
