import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateFernetKey } from '@telegather/secrets'
import { ConfigError } from '@telegather/service'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { configSchema as gateway } from '../../../apps/auth-gateway/src/config.ts'
import { configSchema as scraper } from '../../../apps/scraper/src/config.ts'
import { configSchema as stack, readStackConfig } from '../config.ts'
import { serviceProcess, type ServiceName } from '../services.ts'

/** The variables that `beforeEach` clears, so that the surrounding environment has no effect. */
const NAMES = [gateway, scraper, stack].flatMap(({ shape }) => Object.keys(shape))

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'telegather-config-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const name of NAMES) vi.stubEnv(name, undefined)
})
afterEach(() => vi.unstubAllEnvs())

const surroundings = {
  databaseUrl: 'postgres://db',
  natsUrl: 'nats://n',
  sessionEncKey: 'key',
  internalKey: 'internal',
  telegram: { apiId: '7', apiHash: 'abc' },
  localPath: '/l',
  nasPath: '/n',
  ports: { 'auth-gateway': 1, sources: 2, scraper: 3 },
}

/** The expected problem of each invalid variable of `.env`. */
function problemsWith(...lines: string[]): Record<string, string> {
  dotEnv(...lines)
  try {
    readStackConfig(root)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(new Set(error.variables).size).toBe(error.variables.length)
    return Object.fromEntries(error.problems.map(({ variable, expected }) => [variable, expected]))
  }
  return {}
}

const dotEnv = (...lines: string[]) => writeFileSync(join(root, '.env'), lines.join('\n'))

test('the environment wins over .env, but not with an empty variable', () => {
  dotEnv('PORT=8100', 'DATA_DIR=elsewhere', 'LOG_LEVEL=debug')
  vi.stubEnv('PORT', '8200')
  vi.stubEnv('DATA_DIR', '')
  const config = readStackConfig(root)
  expect(config).toMatchObject({ PORT: 8200, dataDir: join(root, 'elsewhere') })
  expect(config.env['LOG_LEVEL']).toBe('debug')
})

test('nothing needs to be set', () => {
  expect(readStackConfig(root)).toMatchObject({
    PORT: 8000,
    EMULATOR_PORT: 20_443,
    EMULATOR_CONTROL_PORT: 20_480,
    dataDir: join(root, '.data'),
  })
})

test('the connections of the services are checked against the embedded Postgres only', () => {
  expect(problemsWith('SCRAPER_DB_CONNECTIONS=180')).toEqual({
    POSTGRES_MAX_CONNECTIONS: 'expected at least 234: what the services may open, and 10 more',
  })
  expect(problemsWith('SCRAPER_DB_CONNECTIONS=180', 'POSTGRES_MAX_CONNECTIONS=234')).toEqual({})
  const elsewhere = 'DATABASE_URL=postgres://u:p@h/d'
  expect(problemsWith('SCRAPER_DB_CONNECTIONS=180', elsewhere)).toEqual({})
})

test('a scraper has more connections than runs at once', () => {
  expect(problemsWith('SCRAPER_CONCURRENCY=20', 'SCRAPER_DB_CONNECTIONS=23')).toEqual({
    SCRAPER_DB_CONNECTIONS: 'expected at least 24: SCRAPER_CONCURRENCY and 4 more',
  })
  expect(problemsWith('SCRAPER_CONCURRENCY=20', 'SCRAPER_DB_CONNECTIONS=24')).toEqual({})
})

test("SQLAlchemy's spelling and the aliases are accepted", () => {
  dotEnv('DATABASE_URL=postgresql+psycopg://u:p@h/d', 'API_ID=7', 'API_HASH=abc')
  expect(readStackConfig(root)).toMatchObject({
    DATABASE_URL: 'postgres://u:p@h/d',
    TELEGRAM_API_ID: '7',
    TELEGRAM_API_HASH: 'abc',
  })
})

test('a service gets the variables of .env that the stack does not set, under no alias', () => {
  dotEnv('LOG_LEVEL=debug', 'API_ID=7', 'API_HASH=abc', `DATABASE_URL_FILE=${root}/url`)
  writeFileSync(join(root, 'url'), 'postgres://u:p@h/d')
  const config = readStackConfig(root)
  expect(config.DATABASE_URL).toBe('postgres://u:p@h/d')
  const { env } = serviceProcess('scraper', config, surroundings, () => {})
  expect(env).toMatchObject({
    LOG_LEVEL: 'debug',
    PORT: '3',
    DATABASE_URL: 'postgres://db',
    TELEGRAM_API_ID: '7',
    SOURCES_URL: 'http://127.0.0.1:2',
  })
  for (const name of ['API_ID', 'API_HASH', 'DATABASE_URL_FILE', 'TELEGRAM_DCS'])
    expect(env).not.toHaveProperty(name)
})

test('every invalid variable of every service is named once', () => {
  const bad = {
    PORT: 'abc',
    EMULATOR_PORT: '99999',
    LOG_LEVEL: 'loud',
    SCRAPER_CONCURRENCY: '0',
    CORS_ORIGINS: 'zzz',
    SESSION_ENC_KEY: 'short',
    TELEGRAM_API_ID: 'mine',
    TELEGRAM_DCS: 'none',
  }
  const lines = Object.entries(bad).map(([name, value]) => `${name}=${value}`)
  const problems = problemsWith('HOST=0.0.0.0', ...lines)
  expect(Object.keys(problems).toSorted()).toEqual(
    [...Object.keys(bad), 'TELEGRAM_API_HASH'].toSorted(),
  )
  expect(Object.values(problems).join()).not.toMatch(/loud|zzz|short|mine/)
})

test('an alias and a file are validated like the variable itself', () => {
  const names = Object.keys(problemsWith('ENCRYPTION_KEY=short', `INTERNAL_KEY_FILE=${root}/none`))
  expect(names.toSorted()).toEqual(['INTERNAL_KEY_FILE', 'SESSION_ENC_KEY'])
})

test('the lease timings are checked against each other before any process is started', () => {
  expect(problemsWith('SESSION_GRACE_SECONDS=1')).toEqual({
    SESSION_GRACE_SECONDS: 'expected at least SESSION_DISCONNECT_SECONDS + 2, 22',
  })
})

test.each([
  ['EMULATOR_PORT=32767', []],
  ['EMULATOR_PORT=0', []],
  ['EMULATOR_PORT=32768', ['EMULATOR_PORT']],
  ['EMULATOR_PORT=40443', ['EMULATOR_PORT']],
])('%s: GramJS keeps no port beyond 32767', (line, variables) => {
  expect(Object.keys(problemsWith(line))).toEqual(variables)
})

test.each([
  ['API_ID=7', 'TELEGRAM_API_HASH'],
  ['TELEGRAM_API_HASH=abc', 'TELEGRAM_API_ID'],
])('%s alone: %s is missing', (line, missing) => {
  expect(problemsWith(line)).toEqual({
    [missing]: expect.stringMatching(/^missing; .*neither/),
  })
})

test('the same port for two variables is reported as such', () => {
  expect(problemsWith('PORT=9300', 'EMULATOR_PORT=9300')).toEqual({
    EMULATOR_PORT: '9300 is PORT already; each needs a port of its own',
  })
  expect(problemsWith('PORT=20480', 'LOG_LEVEL=loud')).toMatchObject({
    PORT: '20480 is EMULATOR_CONTROL_PORT already; each needs a port of its own',
  })
  expect(problemsWith('PORT=0', 'EMULATOR_PORT=0')).toEqual({})
  expect(problemsWith('PORT=20443', 'API_ID=7', 'API_HASH=abc')).toEqual({})
})

test('on an address beyond loopback, API keys are required and no encryption key is generated', () => {
  expect(problemsWith('HOST=0.0.0.0', 'AUTH_MODE=none')).toEqual({
    AUTH_MODE: 'expected keys, since HOST 0.0.0.0 can be reached from other machines',
    SESSION_ENC_KEY: 'missing; needed when HOST is not loopback; npm run keys:generate makes one',
  })
  dotEnv('HOST=0.0.0.0', `SESSION_ENC_KEY=${generateFernetKey()}`)
  const config = readStackConfig(root)
  const environment = (name: ServiceName) =>
    serviceProcess(name, config, surroundings, () => {}).env
  expect(environment('auth-gateway')).toMatchObject({ HOST: '0.0.0.0', AUTH_MODE: 'keys' })
  expect(environment('sources')).toMatchObject({ HOST: '127.0.0.1' })
})
