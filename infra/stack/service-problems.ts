import { ConfigError, parseConfig } from '@telegather/service'
import { generateFernetKey } from '@telegather/secrets'
import type { z } from 'zod'
import { configSchema as gateway } from '../../apps/auth-gateway/src/config.ts'
import { configSchema as scraper, databaseConnections } from '../../apps/scraper/src/config.ts'
import { configSchema as sources } from '../../apps/sources/src/config.ts'
import { deriveInternalKey } from './keys/internal-key.ts'
import { serviceEnvironment, type ServiceName, type Surroundings } from './services.ts'

export const SERVICE_SCHEMAS: Readonly<Record<ServiceName, z.ZodObject>> = {
  'auth-gateway': gateway,
  sources,
  scraper,
}

/** Problems of the variables that the stack passes to the services unparsed. */
export function serviceProblems(env: NodeJS.ProcessEnv): ConfigError['problems'] {
  const surroundings = placeholders()
  return Object.entries(SERVICE_SCHEMAS).flatMap(([name, schema]) =>
    problemsOf(
      schema,
      serviceEnvironment(name as ServiceName, { HOST: '127.0.0.1', env }, surroundings),
    ),
  )
}

export function problemsOf(schema: z.ZodObject, env: NodeJS.ProcessEnv): ConfigError['problems'] {
  try {
    parseConfig(schema, env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems
  }
}

/** Connections of one server that are reserved for superusers, and some for people and commands. */
export const SPARE_CONNECTIONS = 10

/** The number of connections that one Postgres needs for `replicas` of each service with the variables of `env`. */
export function neededConnections(env: NodeJS.ProcessEnv, replicas = 1): number {
  const surroundings = placeholders()
  const of = (name: ServiceName) =>
    serviceEnvironment(name, { HOST: '127.0.0.1', env }, surroundings)
  const each = [
    parseConfig(gateway, of('auth-gateway')).GATEWAY_DB_CONNECTIONS,
    parseConfig(sources, of('sources')).SOURCES_DB_CONNECTIONS,
    databaseConnections(parseConfig(scraper, of('scraper'))),
  ]
  return replicas * each.reduce((sum, count) => sum + count, 0) + SPARE_CONNECTIONS
}

/** Valid placeholders for the variables that the stack will set. */
function placeholders(): Surroundings {
  const sessionEncKey = generateFernetKey()
  return {
    databaseUrl: 'postgres://127.0.0.1/telegather',
    natsUrl: 'nats://127.0.0.1',
    sessionEncKey,
    internalKey: deriveInternalKey(sessionEncKey),
    telegram: { apiId: '1', apiHash: '0' },
    localPath: '/',
    nasPath: '/',
    ports: { 'auth-gateway': 8000, sources: 8001, scraper: 8002 },
  }
}
