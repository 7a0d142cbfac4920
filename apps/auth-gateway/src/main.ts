import { createDb } from '@telegather/db'
import { connectNats, runRelay, wakeOnNotification } from '@telegather/events'
import { authModeOf, createLog, listen, runService, WakeUp } from '@telegather/service'
import {
  clockDetails,
  createSessions,
  leaseTimings,
  telegramClock,
  telegramConfig,
} from '@telegather/sessions'
import { buildApp } from './app.ts'
import { poolSizes, config as readConfig } from './config.ts'
import { createLoginLimits } from './accounts/login/limits.ts'
import { requireKey } from './edge/keys/require-key.ts'
import { recordAuthKeys } from './accounts/sessions/record-auth-keys.ts'
import { endRetiredLogins } from './accounts/workers/end-retired-logins.ts'
import { fillChannelDetails } from './accounts/workers/fill-channel-details.ts'
import { sweepTempSessions } from './accounts/workers/sweep-temp-sessions.ts'

const IDLE_CONNECTION_MS = 10_000
const SWEEP_EVERY_MS = 30_000
const END_RETIRED_EVERY_MS = 5_000
const CHANNEL_DETAILS_POLLS = { pollMs: 1_000, maxPollMs: 15_000 }
/** Idle limit of a login step's transaction, which stays open during calls to Telegram. */
const LOGIN_STEP_MS = 60_000

const config = readConfig()
const log = createLog({ name: 'auth-gateway', level: config.LOG_LEVEL })

await runService(log, async ({ signal, onClose }) => {
  const pools = poolSizes(config)
  const connection = createDb(config.DATABASE_URL, { maxConnections: pools.others })
  onClose('postgres', connection.close)
  const steps = createDb(config.DATABASE_URL, {
    // The limit of concurrent login steps; further ones wait.
    maxConnections: pools.steps,
    idleInTransactionMs: LOGIN_STEP_MS,
  })
  onClose('postgres for logins', steps.close)
  const { db } = connection
  const authMode = authModeOf(config)
  await requireKey(db, authMode)
  const nats = connectNats(config.NATS_URL, { name: 'auth-gateway', log })
  onClose('nats', () => nats.close())
  const relay = runRelay({ db, nats, log, signal })
  onClose('relay', () => relay)

  const keys = config.SESSION_ENC_KEY
  await recordAuthKeys({ db, keys, log })
  const clock = telegramClock(log)
  const telegram = { ...telegramConfig(config), clock }
  const sessions = createSessions({
    db,
    databaseUrl: config.DATABASE_URL,
    nats,
    keys,
    config: telegram,
    log,
    kind: 'gateway',
    idleMs: IDLE_CONNECTION_MS,
    timings: leaseTimings(config),
  })
  onClose('telegram', sessions.close)
  const { openSession, withdraw } = sessions
  const limits = createLoginLimits(db, config)
  const login = { db, stepDb: steps.db, keys, withdraw, telegram, log, limits }
  const workers = startWorkers({ ...login, openSession }, signal)
  onClose('workers', () => Promise.all(workers))

  const app = await buildApp({
    ...login,
    openSession,
    signal,
    authMode,
    internalKey: config.INTERNAL_KEY,
    corsOrigins: config.CORS_ORIGINS,
    trustedProxies: config.TRUST_PROXY,
    sourcesUrl: config.SOURCES_URL,
    // Other services are not checked: logins work without them, and each has a `/ready` of its own.
    details: () => clockDetails(clock),
    ready: { postgres: () => db.$client`select 1`, nats: () => nats.check() },
  })
  onClose('http', () => app.close())
  await listen(app, { host: config.HOST, port: config.PORT })
})

function startWorkers(
  deps: Parameters<typeof endRetiredLogins>[0] & Parameters<typeof fillChannelDetails>[0],
  signal: AbortSignal,
): readonly Promise<void>[] {
  const wakeUp = new WakeUp()
  wakeOnNotification(deps, 'channel_details', wakeUp)
  const polls = { ...CHANNEL_DETAILS_POLLS, wakeUp, signal }
  return [
    sweepTempSessions(deps, { intervalMs: SWEEP_EVERY_MS, signal }),
    endRetiredLogins(deps, { intervalMs: END_RETIRED_EVERY_MS, signal }),
    fillChannelDetails(deps, polls),
  ]
}
