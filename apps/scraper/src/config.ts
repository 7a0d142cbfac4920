import {
  connections,
  databaseUrl,
  host,
  logLevel,
  natsUrl,
  port,
  readConfig,
  variable,
} from '@telegather/service'
import { checkTargets, targetVariables } from '@telegather/storage/environment'
import {
  botVariables,
  checkLeaseTimings,
  telegramVariables,
} from '@telegather/sessions/environment'
import { FIXED_CONNECTIONS } from '@telegather/db'
import { z } from 'zod'

const seconds = z.coerce.number('expected seconds').positive().max(3600)

export const configSchema = z
  .object({
    HOST: host.default('127.0.0.1'),
    PORT: port.default(8002),
    LOG_LEVEL: logLevel.default('info'),
    DATABASE_URL: variable(databaseUrl, { secret: true }),
    NATS_URL: variable(natsUrl, { secret: true }),
    SCRAPER_DB_CONNECTIONS: connections(5).optional(),
    ...telegramVariables,
    ...targetVariables,
    ...botVariables,
    SCRAPER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
    RUN_HEARTBEAT_SECONDS: seconds.default(5),
    RUN_DEAD_SECONDS: seconds.default(25),
    RUN_POLL_SECONDS: seconds.default(5),
    VERIFY_FILES_EVERY_DAYS: z.coerce.number('expected days').int().min(0).max(3650).default(0),
  })
  .superRefine(checkLeaseTimings)
  .superRefine(checkConnections)
  .superRefine(checkTakeover)
  .superRefine(checkTargets)

/** Each page or file being stored uses one connection. */
const CONNECTIONS_PER_RUN = 3
/** Upper bound of the default of `SCRAPER_DB_CONNECTIONS`. */
const MAX_DEFAULT_CONNECTIONS = 100
/** For heartbeats and claims. */
const SPARE_CONNECTIONS = 2

interface ConnectionEnvironment {
  readonly SCRAPER_CONCURRENCY: number
  readonly SCRAPER_DB_CONNECTIONS?: number | undefined
}

/** The number of Postgres connections of this process. */
export function databaseConnections(env: ConnectionEnvironment): number {
  const { SCRAPER_CONCURRENCY: concurrency, SCRAPER_DB_CONNECTIONS: configured } = env
  const wanted = concurrency * CONNECTIONS_PER_RUN + SPARE_CONNECTIONS + FIXED_CONNECTIONS
  return configured ?? Math.min(wanted, MAX_DEFAULT_CONNECTIONS)
}

/** With fewer connections than runs, heartbeats would wait for pages and files. */
function checkConnections(env: ConnectionEnvironment, context: z.RefinementCtx): void {
  const least = env.SCRAPER_CONCURRENCY + SPARE_CONNECTIONS + FIXED_CONNECTIONS
  if (databaseConnections(env) < least)
    context.addIssue({
      code: 'custom',
      path: ['SCRAPER_DB_CONNECTIONS'],
      message: `expected at least ${least}: SCRAPER_CONCURRENCY and ${least - env.SCRAPER_CONCURRENCY} more`,
    })
}

interface RunEnvironment {
  readonly RUN_HEARTBEAT_SECONDS: number
  readonly RUN_DEAD_SECONDS: number
  readonly RUN_POLL_SECONDS: number
}

/** One late heartbeat must not make another worker take the run over. */
function checkTakeover(env: RunEnvironment, context: z.RefinementCtx): void {
  if (env.RUN_DEAD_SECONDS < 3 * env.RUN_HEARTBEAT_SECONDS)
    context.addIssue({
      code: 'custom',
      path: ['RUN_DEAD_SECONDS'],
      message: 'expected at least three times RUN_HEARTBEAT_SECONDS',
    })
}

export function runTimings(env: RunEnvironment) {
  return {
    heartbeatMs: env.RUN_HEARTBEAT_SECONDS * 1000,
    deadAfterMs: env.RUN_DEAD_SECONDS * 1000,
    pollMs: env.RUN_POLL_SECONDS * 1000,
  }
}

export function verifyOptions(env: RunEnvironment & { readonly VERIFY_FILES_EVERY_DAYS: number }) {
  return { ...runTimings(env), backgroundDays: env.VERIFY_FILES_EVERY_DAYS }
}

export const config = () => readConfig(configSchema, process.env)
