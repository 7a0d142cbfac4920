import { DEFAULT_KEEP_ALIVE } from '@telegather/telegram'
import { leaseTimings } from '@telegather/sessions/environment'
import { expect, test } from 'vitest'
import { configSchema, runTimings } from '../src/config.ts'

/** What has no default. */
const GIVEN = {
  DATABASE_URL: 'postgres://127.0.0.1/telegather',
  NATS_URL: 'nats://127.0.0.1:4222',
  SESSION_ENC_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  TELEGRAM_API_ID: '1',
  TELEGRAM_API_HASH: '0',
  LOCAL_PATH: '/archive',
}

/** A call looks so long for the session's owner before it gives up, and then waits whole seconds. */
const FIND_OWNER_MS = 3_000
const ROUNDING_MS = 1_000

test('a run whose process was killed is noticed in 30 s and goes on elsewhere in 45 s', () => {
  const env = configSchema.parse(GIVEN)
  const { heartbeatMs, deadAfterMs, pollMs } = runTimings(env)
  const { leaseMs, graceMs } = leaseTimings(env)
  // Its last sign of life is no younger than its death; others wake when its time is over, or by their next look.
  expect(deadAfterMs + pollMs).toBeLessThanOrEqual(30_000)
  expect(deadAfterMs).toBeGreaterThanOrEqual(3 * heartbeatMs)
  // Side by side with that its lease runs out, and Telegram's patience with its connections.
  const mayConnectAfterMs = Math.max(deadAfterMs, leaseMs + graceMs)
  expect(mayConnectAfterMs + FIND_OWNER_MS + ROUNDING_MS).toBeLessThanOrEqual(45_000)
  expect(graceMs).toBeGreaterThanOrEqual(DEFAULT_KEEP_ALIVE.disconnectAfterSeconds * 1000)
})

test('a process that lives is not declared dead by one late heartbeat', () => {
  const { error } = configSchema.safeParse({ ...GIVEN, RUN_DEAD_SECONDS: '14' })
  expect(error?.issues).toMatchObject([{ path: ['RUN_DEAD_SECONDS'] }])
})
