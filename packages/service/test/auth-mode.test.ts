import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  authMode,
  authModeOf,
  ConfigError,
  host,
  isLoopback,
  parseConfig,
  refuseOpenHost,
} from '../src/index.ts'

const schema = z
  .object({ HOST: host.default('127.0.0.1'), AUTH_MODE: authMode })
  .superRefine(refuseOpenHost)

test.each([
  [{}, 'none'],
  [{ HOST: '127.0.0.9' }, 'none'],
  [{ HOST: '::1' }, 'none'],
  [{ HOST: 'localhost' }, 'none'],
  [{ AUTH_MODE: 'none' }, 'none'],
  [{ AUTH_MODE: 'keys' }, 'keys'],
  [{ HOST: '0.0.0.0' }, 'keys'],
  [{ HOST: '::' }, 'keys'],
  [{ HOST: 'telegather.example' }, 'keys'],
])('with %j the mode is %s', (env, mode) => {
  expect(authModeOf(parseConfig(schema, env))).toBe(mode)
})

test.each(['0.0.0.0', '::', '192.168.1.5', '127.0.0.1.example.com', '128.0.0.1'])(
  'AUTH_MODE none is refused with HOST %s',
  (HOST) => {
    expect(() => parseConfig(schema, { HOST, AUTH_MODE: 'none' })).toThrow(ConfigError)
    expect(() => parseConfig(schema, { HOST, AUTH_MODE: 'none' })).toThrow(
      `AUTH_MODE: expected keys, since HOST ${HOST} can be reached from other machines`,
    )
    expect(isLoopback(HOST)).toBe(false)
  },
)
