import { z } from 'zod'

const expectedPort = 'expected a port number, 0 to 65535 (0 takes a free one)'

export const port = z.coerce
  .number(expectedPort)
  .int(expectedPort)
  .min(0, expectedPort)
  .max(65_535, expectedPort)

/** An address to bind to. */
export const host = z.string().regex(/^[\w.:-]+$/, 'expected an IP address or a host name')

export const httpUrl = z.url({
  protocol: /^https?$/,
  error: 'expected an address such as http://127.0.0.1:8001',
})

export const natsUrl = z.url({
  protocol: /^(nats|tls|wss?)$/,
  error: 'expected an address such as nats://127.0.0.1:4222',
})

/** A Postgres URL. SQLAlchemy URLs with a driver (`postgresql+psycopg://`) are accepted too. */
export const databaseUrl = z
  .string()
  .transform((text) => text.replace(/^postgresql\+\w+:/, 'postgres:'))
  .pipe(
    z.url({
      protocol: /^postgres(ql)?$/,
      error: 'expected an address such as postgres://user:password@127.0.0.1:5432/database',
    }),
  )

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export const logLevel = z.enum(LOG_LEVELS, `expected one of ${LOG_LEVELS.join(', ')}`)

/** Maximum number of Postgres connections of a service, over all its pools. */
export const connections = (min: number) =>
  z.coerce.number(`expected ${min} to 1000`).int().min(min).max(1000)
