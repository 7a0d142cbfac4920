import { createLog } from '@telegather/service'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sweepTempSessions } from '../src/accounts/workers/sweep-temp-sessions.ts'
import { clearFaults, placeFault } from './clients.ts'
import { post, startGateways, type Gateways } from './gateway.ts'

describe('logins that ran out of time', () => {
  let gateways: Gateways

  beforeAll(async () => {
    gateways = await startGateways()
  })
  afterAll(() => gateways.close())

  test('are signed out at Telegram and forgotten', async () => {
    const [api] = gateways.urls
    const { db } = gateways.database
    const sent = await post(`${api}/sessions/send-otp`, {
      phone_number: '+9996629999',
      session_name: 'never finalized',
    })
    const { temp_session_id } = sent.body
    await post(`${api}/sessions/verify-otp`, { temp_session_id, code: '22222' })
    const signedIn = () =>
      [...gateways.emulator.world.authKeys.all()].filter((key) => key.accountId !== null)
    expect(signedIn()).toHaveLength(1)
    await db.$client`update temp_sessions set expires_at = now() - interval '1 second'`

    await placeFault(gateways, { kind: 'disconnect', match: { method: 'auth.logOut' } })
    const abort = new AbortController()
    const lines: string[] = []
    const log = createLog({ name: 'test', level: 'info' }, { write: (line) => lines.push(line) })
    const sweeper = sweepTempSessions(
      { ...gateways.loginDeps, log },
      { intervalMs: 10, signal: abort.signal },
    )
    // Telegram cannot be told: it is told later.
    const wait = { timeout: 20_000 }
    await vi.waitFor(() => expect(lines.join('')).toContain('login.sweep_failed'), wait)
    expect(signedIn()).toHaveLength(1)
    await clearFaults(gateways)
    await vi.waitFor(() => expect(signedIn()).toEqual([]), wait)
    abort.abort()
    await sweeper
    expect(await db.$client`select id from temp_sessions`).toHaveLength(0)
  })
})
