import { createDb, FIXED_CONNECTIONS } from '@telegather/db'
import { connectNats, consume, runRelay } from '@telegather/events'
import { createHttp, createLog, listen, runService } from '@telegather/service'
import { createTargets } from '@telegather/storage'
import { targetsConfig } from '@telegather/storage/environment'
import {
  botsConfig,
  clockDetails,
  createSessions,
  leaseTimings,
  telegramClock,
  telegramConfig,
} from '@telegather/sessions'
import { databaseConnections, config as readConfig, runTimings, verifyOptions } from './config.ts'
import { sweepTargets } from './workers/sweep-targets.ts'
import { subscribeToRunSignals } from './workers/subscribe-to-run-signals.ts'
import { startRunWorker, type RunWorker } from './workers/run-worker.ts'
import { runVerifications } from './workers/verify-files.ts'

const IDLE_CONNECTION_MS = 10_000

const config = readConfig()
const log = createLog({ name: 'scraper', level: config.LOG_LEVEL })
const clock = telegramClock(log)
const telegram = { ...telegramConfig(config), clock }
const targets = createTargets(targetsConfig(config))
const details = () => clockDetails(clock)

await runService(log, async ({ signal, onClose }) => {
  const connection = createDb(config.DATABASE_URL, {
    maxConnections: databaseConnections(config) - FIXED_CONNECTIONS,
  })
  onClose('postgres', connection.close)
  const { db } = connection
  const nats = connectNats(config.NATS_URL, { name: 'scraper', log })
  onClose('nats', () => nats.close())
  const relay = runRelay({ db, nats, log, signal })
  onClose('relay', () => relay)

  const sweep = sweepTargets({ db, targets, log }, signal)
  onClose('sweep', () => sweep)
  const verifications = runVerifications({ db, targets, log }, verifyOptions(config), signal)
  onClose('verifications', () => verifications)
  // Closed after the sessions, so that a hanging target does not delay the release of their leases.
  let worker: RunWorker | undefined
  onClose('executions', () => worker?.executed)

  const sessions = createSessions({
    db,
    databaseUrl: config.DATABASE_URL,
    nats,
    keys: config.SESSION_ENC_KEY,
    config: telegram,
    log,
    kind: 'scraper',
    idleMs: IDLE_CONNECTION_MS,
    timings: leaseTimings(config),
  })
  onClose('telegram', sessions.close)

  const runWorker = startRunWorker(
    {
      db,
      log,
      openSession: sessions.openSession,
      targets,
      signals: { nats },
      bots: { ...botsConfig(config), telegram },
    },
    { concurrency: config.SCRAPER_CONCURRENCY, ...runTimings(config) },
    signal,
  )
  worker = runWorker
  onClose('runs', () => runWorker.stopped)
  subscribeToRunSignals({ nats, log, signal }, runWorker)
  const requests = consume({
    nats,
    log,
    signal,
    durable: 'scraper-runs',
    event: 'run.requested',
    handle: async () => runWorker.wake(),
  })
  onClose('requests', () => requests)

  const ready = { postgres: () => db.$client`select 1`, nats: () => nats.check() }
  const app = createHttp({ name: 'scraper', log, ready, details, signal })
  onClose('http', () => app.close())
  await listen(app, { host: config.HOST, port: config.PORT })
})
