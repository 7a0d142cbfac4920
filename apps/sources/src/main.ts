import { createDb, FIXED_CONNECTIONS } from '@telegather/db'
import { connectNats, runRelay, wakeOnNotification } from '@telegather/events'
import { createLog, listen, runService, WakeUp } from '@telegather/service'
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
import { buildApp } from './app.ts'
import { config as readConfig } from './config.ts'
import { makeSearchable } from './workers/make-searchable.ts'
import { pruneOldRows } from './workers/prune-old-rows.ts'
import { purgeArchives } from './workers/purge-archives.ts'
import { runSchedules } from './workers/run-schedules.ts'
import { wakeOnProgress } from './workers/wake-on-progress.ts'

/** Short, because a scraper often needs the session soon after this service has resolved a channel. */
const IDLE_CONNECTION_MS = 2_000

const config = readConfig()
const log = createLog({ name: 'sources', level: config.LOG_LEVEL })

await runService(log, async ({ signal, onClose }) => {
  const connection = createDb(config.DATABASE_URL, {
    maxConnections: config.SOURCES_DB_CONNECTIONS - FIXED_CONNECTIONS,
  })
  onClose('postgres', connection.close)
  const { db } = connection
  const nats = connectNats(config.NATS_URL, { name: 'sources', log })
  onClose('nats', () => nats.close())

  const relay = runRelay({ db, nats, log, signal })
  onClose('relay', () => relay)
  const clock = telegramClock(log)
  const telegram = { ...telegramConfig(config), clock }
  const sessions = createSessions({
    db,
    databaseUrl: config.DATABASE_URL,
    nats,
    keys: config.SESSION_ENC_KEY,
    config: telegram,
    log,
    kind: 'sources',
    idleMs: IDLE_CONNECTION_MS,
    timings: leaseTimings(config),
  })
  onClose('telegram', sessions.close)
  const targets = createTargets(targetsConfig(config))
  const scheduleSet = new WakeUp()
  wakeOnNotification({ db, log }, 'schedules', scheduleSet)
  const schedules = runSchedules({ db, log, wakeUp: scheduleSet }, signal)
  onClose('schedules', () => schedules)
  const purge = purgeArchives({ db, log, targets }, signal)
  onClose('purge', () => purge)
  const days = { runs: config.RUN_KEEP_DAYS, audit: config.AUDIT_KEEP_DAYS }
  const retention = pruneOldRows({ db, log }, days, signal)
  onClose('retention', () => retention)
  const postsStored = new WakeUp()
  wakeOnProgress({ db, nats, log, signal }, postsStored)
  const search = makeSearchable({ db, log, wakeUp: postsStored }, signal)
  onClose('search', () => search)

  const ready = { postgres: () => db.$client`select 1`, nats: () => nats.check() }
  const app = buildApp({
    db,
    log,
    ready,
    details: () => clockDetails(clock),
    signal,
    targets,
    openSession: sessions.openSession,
    bots: { ...botsConfig(config), telegram },
    signals: { nats },
    keys: config.SESSION_ENC_KEY,
    defaultSchedule: config.SCRAPE_DEFAULT_SCHEDULE,
    internalKey: config.INTERNAL_KEY,
  })
  onClose('http', () => app.close())
  await listen(app, { host: config.HOST, port: config.PORT })
})
