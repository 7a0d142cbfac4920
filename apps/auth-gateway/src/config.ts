import {
  authMode,
  connections,
  databaseUrl,
  host,
  httpUrl,
  internalKey,
  logLevel,
  natsUrl,
  port,
  readConfig,
  refuseOpenHost,
  variable,
} from '@telegather/service'
import { checkLeaseTimings, telegramVariables } from '@telegather/sessions/environment'
import { FIXED_CONNECTIONS } from '@telegather/db'
import { z } from 'zod'
import { loginLimitVariables } from './accounts/login/limit-variables.ts'

const Origins = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .pipe(z.array(z.url({ protocol: /^https?$/, error: 'expected origins, separated by commas' })))

const Networks = z
  .string()
  .transform((list) => list.split(',').map((network) => network.trim()))
  .pipe(
    z.array(
      z.union(
        [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
        'expected addresses or networks such as 10.0.0.0/8, separated by commas',
      ),
    ),
  )

export const configSchema = z
  .object({
    HOST: host.default('127.0.0.1'),
    AUTH_MODE: authMode,
    INTERNAL_KEY: variable(internalKey, { secret: true }),
    PORT: port.default(8000),
    LOG_LEVEL: logLevel.default('info'),
    DATABASE_URL: variable(databaseUrl, { secret: true }),
    NATS_URL: variable(natsUrl, { secret: true }),
    GATEWAY_DB_CONNECTIONS: connections(8).default(32),
    ...telegramVariables,
    ...loginLimitVariables,
    CORS_ORIGINS: Origins.default(['http://localhost:5173']),
    TRUST_PROXY: Networks.default([]),
    SOURCES_URL: httpUrl.default('http://127.0.0.1:8001'),
  })
  .superRefine(checkLeaseTimings)
  .superRefine(refuseOpenHost)

/**
 * The sizes of the two connection pools. A login step keeps its connection during calls to Telegram, so login steps have a
 * pool of their own, of two thirds of the connections.
 */
export function poolSizes({
  GATEWAY_DB_CONNECTIONS: all,
}: {
  readonly GATEWAY_DB_CONNECTIONS: number
}) {
  const shared = all - FIXED_CONNECTIONS
  const steps = Math.floor((shared * 2) / 3)
  return { steps, others: shared - steps }
}

export const config = () => readConfig(configSchema, process.env)
