import { createLog } from '@telegather/service'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { sweepTempSessions } from '../src/accounts/workers/sweep-temp-sessions.ts'
import { signedInKeys } from './clients.ts'
import { get, post, startGateways, type Gateways } from './gateway.ts'

const CODE = '22222'
const PASSWORD = 'telegather'

describe('a login that Telegram accepted, but whose response was lost,', () => {
  let gateways: Gateways
  let api: string
  let otherReplica: string

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api, otherReplica] = gateways.urls
  })
  afterEach(() => gateways.emulator.control.removeFaults())
  afterAll(() => gateways.close())

  const start = async (phone_number: string) => {
    const body = { phone_number, session_name: `login of ${phone_number}` }
    return String((await post(`${api}/sessions/send-otp`, body)).body['temp_session_id'])
  }
  const verify = (temp_session_id: string, more = {}) =>
    post(`${otherReplica}/sessions/verify-otp`, { temp_session_id, code: CODE, ...more })
  const loseAnswer = (method: string) =>
    gateways.emulator.control.placeFault({
      kind: 'disconnect',
      at: 'answer',
      match: { method },
      count: 1,
    })
  const signedIn = () => signedInKeys(gateways)

  async function finalized(temp_session_id: string): Promise<void> {
    const { status, body } = await post(`${api}/sessions/finalize`, { temp_session_id })
    expect(status).toBe(200)
    expect((await get(`${api}/sessions/${String(body['id'])}/channels`)).status).toBe(200)
  }

  test('with its code is complete at the next try', async () => {
    const login = await start('+9996621301')
    await loseAnswer('auth.signIn')
    expect((await verify(login)).status).toBe(503)
    expect(await verify(login)).toMatchObject({ status: 200, body: { requires_password: false } })
    await finalized(login)
  })

  test('with its password is complete at the next try', async () => {
    const login = await start('+9996621002')
    await loseAnswer('auth.checkPassword')
    expect((await verify(login, { password: PASSWORD })).status).toBe(503)
    const again = await verify(login, { password: PASSWORD })
    expect(again).toMatchObject({ status: 200, body: { requires_password: false } })
    await finalized(login)
  })

  test.each(['cancelled', 'expired', 'asked to resend the code'])(
    'is signed out when it is %s',
    async (end) => {
      const before = await signedIn()
      const login = await start('+9996621303')
      await loseAnswer('auth.signIn')
      expect((await verify(login)).status).toBe(503)
      expect(await signedIn()).toBe(before + 1)
      if (end === 'cancelled')
        expect((await post(`${api}/sessions/cancel`, { temp_session_id: login })).status).toBe(200)
      else if (end === 'expired') await sweep()
      else
        expect(await post(`${api}/sessions/resend-otp`, { temp_session_id: login })).toMatchObject({
          status: 404,
          body: { detail: 'Temp session not found' },
        })
      expect(await signedIn()).toBe(before)
    },
  )

  describe('with its QR code', () => {
    const ask = (id: string) => get(`${otherReplica}/sessions/qr/${id}/status`)
    /** Starts a login whose code was scanned. Returns its id. */
    async function scanned(account: string): Promise<string> {
      await start(account)
      const { body } = await post(`${api}/sessions/qr`, { session_name: `code for ${account}` })
      await gateways.emulator.control.acceptLogin({ token: String(body['url']), account })
      return String(body['temp_session_id'])
    }
    /** Polls until the response has the status: the gateway calls Telegram only every 3 s. */
    const pollUntil = (id: string, status: number) =>
      vi.waitFor(async () => expect(await ask(id)).toMatchObject({ status }), {
        interval: 250,
      })

    test('is complete at the next try, at another data centre', async () => {
      const login = await scanned('+9996641003')
      await loseAnswer('auth.importLoginToken')
      await pollUntil(login, 503)
      expect(await ask(login)).toMatchObject({ status: 200, body: { status: 'ready' } })
      await finalized(login)
    })

    test.each(['+9996641004', '+9996621001'])(
      'is signed out when it is cancelled, %s',
      async (account) => {
        const before = await signedIn()
        const login = await scanned(account)
        await loseAnswer(
          account === '+9996641004' ? 'auth.importLoginToken' : 'auth.exportLoginToken',
        )
        await pollUntil(login, 503)
        expect(await signedIn()).toBe(before + 1)
        await post(`${api}/sessions/cancel`, { temp_session_id: login })
        expect(await signedIn()).toBe(before)
      },
    )
  })

  async function sweep(): Promise<void> {
    const { $client: sql } = gateways.database.db
    await sql`update temp_sessions set expires_at = now() - interval '1 second'`
    const abort = new AbortController()
    const log = createLog({ name: 'test', level: 'silent' })
    const sweeper = sweepTempSessions(
      { ...gateways.loginDeps, log },
      { intervalMs: 60_000, signal: abort.signal },
    )
    await vi.waitFor(async () => expect(await sql`select id from temp_sessions`).toHaveLength(0))
    abort.abort()
    await sweeper
  }
})
