import { DEFAULT_KEEP_ALIVE } from '@telegather/telegram'
import { leaseTimings } from '@telegather/sessions/environment'
import { expect, test } from 'vitest'
import { configSchema, runTimings } from '../src/config.ts'

/** The variables without a default. */
const REQUIRED = {
  DATABASE_URL: 'postgres://127.0.0.1/telegather',
  NATS_URL: 'nats://127.0.0.1:4222',
  SESSION_ENC_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  TELEGRAM_API_ID: '1',
  TELEGRAM_API_HASH: '0',
  LOCAL_PATH: '/archive',
}

/** A call searches the holder of the session's lease for this long. Its error then has a wait in whole seconds. */
const FIND_HOLDER_MS = 3_000
const ROUNDING_MS = 1_000

test('a run whose process was killed is claimed within 30 s and calls Telegram within 45 s', () => {
  const env = configSchema.parse(REQUIRED)
  const { heartbeatMs, deadAfterMs, pollMs } = runTimings(env)
  const { leaseMs, graceMs } = leaseTimings(env)
  // The last heartbeat precedes the kill. Other workers claim the run at their first poll after `deadAfterMs`.
  expect(deadAfterMs + pollMs).toBeLessThanOrEqual(30_000)
  expect(deadAfterMs).toBeGreaterThanOrEqual(3 * heartbeatMs)
  // Meanwhile the session's lease expires, and Telegram closes the connections of the killed process.
  const mayConnectAfterMs = Math.max(deadAfterMs, leaseMs + graceMs)
  expect(mayConnectAfterMs + FIND_HOLDER_MS + ROUNDING_MS).toBeLessThanOrEqual(45_000)
  expect(graceMs).toBeGreaterThanOrEqual(DEFAULT_KEEP_ALIVE.disconnectAfterSeconds * 1000)
})

test('RUN_DEAD_SECONDS below three heartbeats is refused', () => {
  const { error } = configSchema.safeParse({ ...REQUIRED, RUN_DEAD_SECONDS: '14' })
  expect(error?.issues).toMatchObject([{ path: ['RUN_DEAD_SECONDS'] }])
})
