import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { DEFAULT_MAX_CONNECTIONS } from '../stack/servers/postgres.ts'
import { neededConnections } from '../stack/service-problems.ts'
import { configSchema as gateway } from '../../apps/auth-gateway/src/config.ts'
import { configSchema as scraper } from '../../apps/scraper/src/config.ts'
import { configSchema as sources } from '../../apps/sources/src/config.ts'

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      environment: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
      command: z.union([z.string(), z.array(z.string())]).optional(),
    }),
  ),
})

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const compose = composeSchema.parse(parse(read('../../docker-compose.yml'), { merge: true }))
const demo = composeSchema.parse(
  parse(read('demo.yml'), { merge: true, customTags: [{ tag: '!reset', collection: 'seq' }] }),
)

const SERVICES = [
  ['auth-gateway', gateway],
  ['sources', sources],
  ['scraper', scraper],
] as const

/** Variables with fixed values in docker-compose.yml: addresses and paths inside its network and volumes. */
const FIXED = ['DATABASE_URL', 'HOST', 'LOCAL_PATH', 'NATS_URL', 'PORT', 'SOURCES_URL']
/** Variables that compose needs as values; other secrets can also be given as files. */
const VALUES_ONLY = ['INTERNAL_KEY', 'SESSION_ENC_KEY', 'TELEGRAM_API_HASH', ...FIXED]

/** Names of all secrets, from the first lines of `.env.example`. */
const SECRETS =
  /NAME_FILE, the path of a file that holds it:\n([^.]+)\./.exec(read('../../.env.example'))?.[1] ??
  ''

const secretsOf = (shape: object) =>
  (SECRETS.match(/[A-Z][A-Z0-9_]+/g) ?? []).filter(
    (name) => name in shape && !VALUES_ONLY.includes(name),
  )

test.each(SERVICES)(
  'compose passes every variable that %s reads from .env to it',
  (name, schema) => {
    const given = compose.services[name]?.environment ?? {}
    const known = Object.keys(schema.shape)
    expect(known.filter((variable) => !(variable in given))).toEqual([])
    const secretFiles = secretsOf(schema.shape).map((secret) => `${secret}_FILE`)
    expect(secretFiles.length).toBeGreaterThan(0)
    for (const variable of [...known, ...secretFiles])
      if (!FIXED.includes(variable))
        expect([variable, String(given[variable])]).toEqual([
          variable,
          expect.stringContaining(`\${${variable}:`),
        ])
  },
)

test("compose's Postgres has the max_connections of the embedded one", () => {
  expect(compose.services['postgres']?.command).toEqual([
    'postgres',
    '-c',
    `max_connections=\${POSTGRES_MAX_CONNECTIONS:-${DEFAULT_MAX_CONNECTIONS}}`,
  ])
})

test('three of each service fit into it by default, and one of each with any number of runs at once', () => {
  expect(neededConnections({}, 3)).toBeLessThanOrEqual(DEFAULT_MAX_CONNECTIONS)
  expect(neededConnections({ SCRAPER_CONCURRENCY: '64' })).toBeLessThanOrEqual(
    DEFAULT_MAX_CONNECTIONS,
  )
})

test.each(SERVICES)(
  'compose passes to %s only variables that it reads, and all that it requires',
  (name, schema) => {
    const given = compose.services[name]?.environment ?? {}
    const known = Object.keys(schema.shape)
    expect(
      Object.keys(given).filter((variable) => !known.includes(variable.replace(/_FILE$/, ''))),
    ).toEqual([])
    const required = known.filter((variable) => {
      const field: z.ZodType = schema.shape[variable as keyof typeof schema.shape]
      return !field.safeParse(undefined).success
    })
    expect(required.filter((variable) => !(variable in given))).toEqual([])
    const added = demo.services[name]?.environment ?? {}
    for (const variable of Object.keys(added))
      expect(known).toContain(variable.replace(/_FILE$/, ''))
  },
)

test('secrets are required from .env, with a message when one is missing', () => {
  const text = read('../../docker-compose.yml')
  for (const name of ['SESSION_ENC_KEY', 'INTERNAL_KEY', 'TELEGRAM_API_HASH', 'POSTGRES_PASSWORD'])
    expect(text).toContain(`\${${name}:?set ${name} in .env`)
})
