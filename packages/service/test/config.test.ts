import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  ConfigError,
  databaseUrl,
  host,
  httpUrl,
  logLevel,
  natsUrl,
  parseConfig,
  port,
  variable,
} from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'telegather-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function secretFile(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const schema = z.object({
  PORT: port.default(8000),
  LOG_LEVEL: logLevel.default('info'),
  DATABASE_URL: variable(databaseUrl, { secret: true }),
  SESSION_ENC_KEY: variable(z.string('expected a Fernet key').length(4, 'expected a Fernet key'), {
    secret: true,
    alias: 'ENCRYPTION_KEY',
  }),
  TELEGRAM_API_ID: variable(z.coerce.number().int().positive().optional(), { alias: 'API_ID' }),
})

const env = { DATABASE_URL: 'postgres://u:p@localhost/db', SESSION_ENC_KEY: 'abcd' }

function errorOf(environment: NodeJS.ProcessEnv): ConfigError {
  try {
    parseConfig(schema, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the environment was accepted')
}

describe('the environment', () => {
  test('is parsed to typed values and defaults', () => {
    expect(parseConfig(schema, { ...env, PORT: '8001', TELEGRAM_API_ID: '7', OTHER: 'x' })).toEqual(
      {
        PORT: 8001,
        LOG_LEVEL: 'info',
        DATABASE_URL: 'postgres://u:p@localhost/db',
        SESSION_ENC_KEY: 'abcd',
        TELEGRAM_API_ID: 7,
      },
    )
  })

  test('may use an alias; the primary name has precedence', () => {
    const { SESSION_ENC_KEY: _, ...rest } = env
    const aliased = { ...rest, ENCRYPTION_KEY: 'wxyz', API_ID: '9' }
    expect(parseConfig(schema, aliased)).toMatchObject({
      SESSION_ENC_KEY: 'wxyz',
      TELEGRAM_API_ID: 9,
    })
    expect(parseConfig(schema, { ...aliased, ...env })).toMatchObject({ SESSION_ENC_KEY: 'abcd' })
  })

  test('treats an empty variable as absent', () => {
    expect(parseConfig(schema, { ...env, PORT: '', API_ID: '' })).toMatchObject({ PORT: 8000 })
    expect(errorOf({ ...env, DATABASE_URL: '' }).variables).toEqual(['DATABASE_URL'])
  })

  test('may name files that contain secrets', () => {
    const { SESSION_ENC_KEY: _, ...rest } = env
    const path = secretFile('key', 'abcd\n')
    for (const name of ['SESSION_ENC_KEY_FILE', 'ENCRYPTION_KEY_FILE'])
      expect(parseConfig(schema, { ...rest, [name]: path })).toMatchObject({
        SESSION_ENC_KEY: 'abcd',
      })
  })

  test('is refused with an error that names every invalid variable and no value', () => {
    const error = errorOf({
      PORT: '99999',
      LOG_LEVEL: 'hunter2',
      DATABASE_URL: 'mysql://root:hunter2@localhost',
      SESSION_ENC_KEY: 'hunter2',
      API_ID: 'hunter2',
    })
    expect(error.variables).toEqual([
      'PORT',
      'LOG_LEVEL',
      'DATABASE_URL',
      'SESSION_ENC_KEY',
      'TELEGRAM_API_ID',
    ])
    expect(error.message).not.toContain('hunter2')
    expect(error.message).toContain('PORT: expected a port number, 0 to 65535')
    expect(error.message).toContain('SESSION_ENC_KEY: expected a Fernet key')
  })

  test('is refused with an error that names missing variables and what is expected', () => {
    const error = errorOf({})
    expect(error.variables).toEqual(['DATABASE_URL', 'SESSION_ENC_KEY'])
    expect(error.message).toContain('SESSION_ENC_KEY: missing; expected a Fernet key')
  })

  test('is refused when a secret is given twice or its file cannot be read', () => {
    const twice = errorOf({ ...env, SESSION_ENC_KEY_FILE: secretFile('twice', 'abcd') })
    expect(twice.variables).toEqual(['SESSION_ENC_KEY'])
    const { SESSION_ENC_KEY: _, ...rest } = env
    const unreadable = errorOf({ ...rest, SESSION_ENC_KEY_FILE: join(folder, 'absent') })
    expect(unreadable.variables).toEqual(['SESSION_ENC_KEY_FILE'])
    expect(unreadable.message).toContain('ENOENT')
  })

  test('that is invalid ends the process with code 1 and one message', () => {
    const script = fileURLToPath(new URL('processes/configured.ts', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
      encoding: 'utf8',
      env: { PORT: 'x' },
    })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toBe(
      'The environment is not usable:\n' +
        '  PORT: expected a port number, 0 to 65535 (0 takes a free one)\n' +
        '  KEY: missing; expected a key\n',
    )
  })
})

describe('variables', () => {
  test.each([
    ['postgresql+psycopg://u:p@db:5432/x', 'postgres://u:p@db:5432/x'],
    ['postgresql+asyncpg://db/x', 'postgres://db/x'],
    ['postgresql://db/x', 'postgresql://db/x'],
  ])('%s is a valid database URL', (given, expected) => {
    expect(databaseUrl.parse(given)).toBe(expected)
  })

  test.each([
    [port, '65536'],
    [port, '1.5'],
    [port, 'http'],
    [databaseUrl, 'localhost:5432'],
    [httpUrl, 'ftp://a'],
    [httpUrl, 'localhost:80'],
    [natsUrl, 'http://a'],
    [host, 'a b'],
    [logLevel, 'loud'],
  ])('an invalid value is refused: %#', (schema, text) => {
    const { success, error } = schema.safeParse(text)
    expect(success).toBe(false)
    expect(error?.issues[0]?.message).toMatch(/^expected /)
  })

  test.each(['127.0.0.1', '::', 'localhost', 'db-1.internal'])('%s is a valid host', (text) => {
    expect(host.parse(text)).toBe(text)
  })
})
