import {
  connections,
  databaseUrl,
  host,
  internalKey,
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
import { z } from 'zod'
import { checkSchedule } from './schedules/schedule.ts'

const Schedule = z.string().superRefine((pattern, context) => {
  try {
    checkSchedule({ pattern, timezone: 'UTC' })
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error))
  }
})

/** Retention in days; 0 keeps rows forever. */
const keepDays = z.coerce.number('expected days').int().min(0).max(3650)

export const configSchema = z
  .object({
    HOST: host.default('127.0.0.1'),
    PORT: port.default(8001),
    INTERNAL_KEY: variable(internalKey, { secret: true }),
    DATABASE_URL: variable(databaseUrl, { secret: true }),
    NATS_URL: variable(natsUrl, { secret: true }),
    SOURCES_DB_CONNECTIONS: connections(6).default(12),
    LOG_LEVEL: logLevel.default('info'),
    ...telegramVariables,
    ...targetVariables,
    ...botVariables,
    RUN_KEEP_DAYS: keepDays.default(90),
    AUDIT_KEEP_DAYS: keepDays.default(365),
    SCRAPE_DEFAULT_SCHEDULE: Schedule.default('*/15 * * * *'),
  })
  .superRefine(checkLeaseTimings)
  .superRefine(checkTargets)

export const config = () => readConfig(configSchema, process.env)
