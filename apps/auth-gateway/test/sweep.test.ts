import { createLog } from '@telegather/service'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sweepTempSessions } from '../src/accounts/workers/sweep-temp-sessions.ts'
import { signedInKeys } from './clients.ts'
import { post, startGateways, type Gateways } from './gateway.ts'

describe('expired logins', () => {
  let gateways: Gateways

  beforeAll(async () => {
    gateways = await startGateways()
  })
  afterAll(() => gateways.close())

  test('are signed out at Telegram and deleted', async () => {
    const [api] = gateways.urls
    const { db } = gateways.database
    const sent = await post(`${api}/sessions/send-otp`, {
      phone_number: '+9996629999',
      session_name: 'never finalized',
    })
    const { temp_session_id } = sent.body
    await post(`${api}/sessions/verify-otp`, { temp_session_id, code: '22222' })
    const signedIn = () => signedInKeys(gateways)
    expect(await signedIn()).toBe(1)
    await db.$client`update temp_sessions set expires_at = now() - interval '1 second'`

    await gateways.emulator.control.placeFault({
      kind: 'disconnect',
      match: { method: 'auth.logOut' },
    })
    const abort = new AbortController()
    const lines: string[] = []
    const log = createLog({ name: 'test', level: 'info' }, { write: (line) => lines.push(line) })
    const sweeper = sweepTempSessions(
      { ...gateways.loginDeps, log },
      { intervalMs: 10, signal: abort.signal },
    )
    // While Telegram cannot be reached, the sign-out is retried.
    await vi.waitFor(() => expect(lines.join('')).toContain('login.sweep_failed'))
    expect(await signedIn()).toBe(1)
    await gateways.emulator.control.removeFaults()
    await vi.waitFor(async () => expect(await signedIn()).toBe(0))
    abort.abort()
    await sweeper
    expect(await db.$client`select id from temp_sessions`).toHaveLength(0)
  })
})
