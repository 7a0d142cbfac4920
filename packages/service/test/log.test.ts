import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createLog } from '../src/index.ts'

/** The line that one call to a logger writes, as text and parsed. */
function written(write: (log: ReturnType<typeof createLog>) => void) {
  const lines: string[] = []
  write(createLog({ name: 'test', level: 'debug' }, { write: (line) => lines.push(line) }))
  expect(lines).toHaveLength(1)
  return { text: lines.join(''), line: JSON.parse(lines.join('')) }
}

describe('a line', () => {
  test('is JSON with a name, a level and a time', () => {
    const { line } = written((log) => log.info({ runId: 'r1', done: 3 }, 'attempt.finished'))
    expect(line).toMatchObject({
      level: 'info',
      service: 'test',
      msg: 'attempt.finished',
      runId: 'r1',
      done: 3,
    })
    expect(new Date(line.time).toISOString()).toBe(line.time)
  })

  test.each([
    'authorization',
    'Cookie',
    'set-cookie',
    'password',
    'code',
    'phone_code_hash',
    'api_hash',
    'apiHash',
    'bot_token',
    'SESSION_ENC_KEY',
    'session_string',
    'keys',
    'authKey',
    'signing_secret',
  ])('does not contain the value of a field %j at any depth', (name) => {
    const { text } = written((log) =>
      log
        .child({ [name]: 'hunter2' })
        .child({ b: { [name]: 'hunter2' } })
        .info({ [name]: 'hunter2', a: { b: [{ [name]: ['hunter2'] }] } }, 'x'),
    )
    expect(text).not.toContain('hunter2')
    expect(text).toContain('[redacted]')
  })

  test.each([
    ['a phone number', 'sent to +12025550190 now', '+12******90'],
    ['a bot token', 'bot 123456789:AAF-abcdefghijklmnopqrstuvwxyz_0123456', 'bot [redacted]'],
    [
      'a Fernet token',
      'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9d==',
      '[redacted]',
    ],
    [
      'a password in an address',
      'postgres://telegather:hunter2@db/x',
      'postgres://[redacted]@db/x',
    ],
    ['a session string', `session 1${'BVtsOK8Bu'.repeat(40)}=`, 'session [redacted]'],
    ['an API key', 'tg_k1_abcdefghijklmnopqrstuvwx', '[redacted]'],
  ])('does not contain %s in a text', (_name, secret, shown) => {
    const { line } = written((log) => log.info({ detail: secret }, secret))
    expect(line.msg).toContain(shown)
    expect(line.detail).toContain(shown)
    expect(JSON.stringify(line)).not.toContain(secret)
  })

  test('keeps ids, hashes, times and numbers', () => {
    const fields = {
      runId: '01a1fbe8-355f-72a3-a4a8-9b307c0ca958',
      sha256: 'a'.repeat(64),
      at: '2026-11-21T02:24:30.000+00:00',
      channel: -1001234567890,
    }
    expect(written((log) => log.info(fields, 'x')).line).toMatchObject(fields)
  })
})

describe('a logged error', () => {
  class QueryFailed extends Error {
    override readonly name = 'QueryFailed'
    readonly params = ['hunter2']
    readonly query = "select 'hunter2'"
  }

  test('has only its name, message, stack frames, code and causes', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const err = new QueryFailed('Failed query: insert\nparams: 1,hunter2', { cause })
    const { text, line } = written((log) => log.error({ err }, 'run.failed'))
    expect(text).not.toContain('hunter2')
    expect(line.err).toEqual({
      type: 'QueryFailed',
      message: 'Failed query: insert',
      stack: expect.stringMatching(/^\s+at .*log\.test\.ts/),
      cause: {
        type: 'Error',
        message: 'connect ECONNREFUSED',
        code: 'ECONNREFUSED',
        stack: expect.any(String),
      },
    })
  })

  test('is redacted the same way when it is the only argument', () => {
    const { text, line } = written((log) =>
      log.error(new QueryFailed('of +12025550190\nparams: hunter2')),
    )
    expect(text).not.toContain('hunter2')
    expect(line.msg).toBe('QueryFailed')
    expect(line.err).toMatchObject({ type: 'QueryFailed', message: 'of +12******90' })
  })

  test('may be an AggregateError and may be its own cause', () => {
    const loop = new AggregateError([new Error('one'), new Error('two')], 'both')
    loop.cause = loop
    const { line } = written((log) => log.error({ err: loop }, 'x'))
    expect(line.err).toMatchObject({
      message: 'both',
      errors: [{ message: 'one' }, { message: 'two' }],
    })
    expect(inspect(line, { depth: 20 })).toContain('[deep]')
  })
})
