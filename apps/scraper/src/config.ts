import {
  databaseUrl,
  host,
  logLevel,
  natsUrl,
  port,
  readConfig,
  variable,
} from '@telegather/service'
import { checkTargets, targetVariables } from '@telegather/storage/environment'
import { checkOwnership, telegramVariables } from '@telegather/telegram/environment'
import { z } from 'zod'

export const configSchema = z
  .object({
    HOST: host.default('127.0.0.1'),
    PORT: port.default(8002),
    LOG_LEVEL: logLevel.default('info'),
    DATABASE_URL: variable(databaseUrl, { secret: true }),
    NATS_URL: variable(natsUrl, { secret: true }),
    ...telegramVariables,
    ...targetVariables,
    SCRAPER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
  })
  .superRefine(checkOwnership)
  .superRefine(checkTargets)

export const config = () => readConfig(configSchema, process.env)
