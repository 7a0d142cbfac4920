import { createDb } from '@telegather/db'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { signedInKeys } from './clients.ts'
import { get, post, startGateways, type Answer, type Gateways } from './gateway.ts'

const CODE = '22222'

describe('a login', () => {
  let gateways: Gateways
  let api: string
  let otherReplica: string

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api, otherReplica] = gateways.urls
  })
  afterEach(() => gateways.emulator.control.removeFaults())
  afterAll(() => gateways.close())

  const send = (phone_number: string, session_name = `login of ${phone_number}`) =>
    post(`${api}/sessions/send-otp`, { phone_number, session_name })
  const verify = (temp_session_id: unknown, code = CODE) =>
    post(`${otherReplica}/sessions/verify-otp`, { temp_session_id, code })
  const step = (name: string, temp_session_id: unknown) =>
    post(`${otherReplica}/sessions/${name}`, { temp_session_id })
  const notFound = { status: 404, body: { detail: 'Temp session not found' } }

  test('has its code resent by the next delivery type, until there is none', async () => {
    const { temp_session_id } = (await send('+9996621101')).body
    const again = await step('resend-otp', temp_session_id)
    expect(again).toMatchObject({
      status: 200,
      body: {
        message: 'OTP sent to +9996621101',
        temp_session_id,
        delivery: 'sms',
        next_delivery: 'call',
      },
    })
    expect(await step('resend-otp', temp_session_id)).toMatchObject({
      body: { delivery: 'call', next_delivery: null },
    })
    expect(await step('resend-otp', temp_session_id)).toMatchObject({
      status: 400,
      body: { detail: 'Telegram has no other way to send the code' },
    })
    expect((await verify(temp_session_id)).status).toBe(200)
    expect((await step('finalize', temp_session_id)).status).toBe(200)
    expect(await step('resend-otp', temp_session_id)).toMatchObject(notFound)
  })

  test('that is complete refuses to resend the code', async () => {
    const { temp_session_id } = (await send('+9996621103')).body
    await verify(temp_session_id)
    expect(await step('resend-otp', temp_session_id)).toMatchObject({
      status: 400,
      body: { detail: 'This login waits for no code' },
    })
  })

  test('is cancelled, and signed out if it was signed in', async () => {
    const signedIn = () => signedInKeys(gateways)
    const before = await signedIn()
    const { temp_session_id } = (await send('+9996621104')).body
    await verify(temp_session_id)
    expect(await signedIn()).toBe(before + 1)
    expect(await step('cancel', temp_session_id)).toMatchObject({
      status: 200,
      body: { message: 'Login cancelled' },
    })
    expect(await signedIn()).toBe(before)
    for (const name of ['cancel', 'resend-otp', 'finalize'])
      expect(await step(name, temp_session_id)).toMatchObject(notFound)

    const unused = (await send('+9996621104')).body['temp_session_id']
    expect((await step('cancel', unused)).status).toBe(200)
    expect(await verify(unused)).toMatchObject(notFound)
  })

  test('without a code is refused, unless none is needed', async () => {
    const { temp_session_id } = (await send('+9996621105')).body
    expect(await step('verify-otp', temp_session_id)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('code') },
    })
  })

  test('of a number without an account is refused and ends', async () => {
    const { temp_session_id } = (await send('+9996628001')).body
    expect(await verify(temp_session_id)).toMatchObject({
      status: 400,
      body: {
        detail: 'This phone number has no Telegram account; create one in a Telegram app first',
      },
    })
    expect(await verify(temp_session_id)).toMatchObject(notFound)
  })

  test('of a number that Telegram has banned is refused', async () => {
    expect(await send('+9996620403')).toMatchObject({
      status: 400,
      body: { code: 'account_banned', detail: 'Telegram has banned this phone number' },
    })
  })

  test.each(['+9996620429', '+9996620406'])(
    'of %s is refused with the flood wait as Retry-After',
    async (phone) => {
      const refused = await send(phone)
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    },
  )

  test('is refused with a flood wait as Retry-After at its other steps too', async () => {
    const { temp_session_id } = (await send('+9996621106')).body
    const waits = async (method: string, attempt: () => Promise<Answer>) => {
      await gateways.emulator.control.placeFault({
        kind: 'flood_wait',
        seconds: 21,
        match: { method },
      })
      const refused = await attempt()
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toMatch(/^2[01]$/)
      await gateways.emulator.control.removeFaults()
    }
    await waits('auth.resendCode', () => step('resend-otp', temp_session_id))
    await waits('auth.signIn', () => verify(temp_session_id))
    expect((await verify(temp_session_id)).status).toBe(200)
  })

  test('with API credentials that Telegram refuses fails with that reason', async () => {
    const match = { method: 'auth.sendCode' }
    await gateways.emulator.control.placeFault({
      kind: 'rpc_error',
      error: 'API_ID_INVALID',
      match,
    })
    expect(await send('+9996621107')).toMatchObject({
      status: 502,
      body: { detail: 'Telegram does not accept the configured api_id and api_hash' },
    })
  })

  test('may have the name of the session that it renews, not that of another session', async () => {
    const name = 'the usual name'
    const logIn = async () => {
      const { temp_session_id } = (await send('+9996621108', name)).body
      await verify(temp_session_id)
      return step('finalize', temp_session_id)
    }
    const first = await logIn()
    expect(await logIn()).toMatchObject({ status: 200, body: { id: first.body['id'] } })
    expect((await send('+9996621109', name)).status).toBe(409)
  })

  test('does not disturb others of the same account or of other accounts', async () => {
    const phones = ['+9996621110', '+9996621110', '+9996621111', '+9996621112', '+9996621113']
    const logIn = async (phone: string, i: number) => {
      const { temp_session_id } = (await send(phone, `at once ${i}`)).body
      expect((await verify(temp_session_id, '99999')).status).toBe(400)
      expect((await verify(temp_session_id)).status).toBe(200)
      return temp_session_id
    }
    const logins = await Promise.all(phones.map(logIn))
    const saved = await Promise.all(logins.map((login) => step('finalize', login)))
    const sessions = saved.map(({ body }) => body)
    expect(sessions.map((session) => session['phone_number'])).toEqual(phones)
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(4)
  })

  test('does not take the database connections of other requests while it waits for Telegram', async () => {
    const many = 12
    const logins = await Promise.all(
      Array.from({ length: many }, async (_, i) => {
        const { body } = await send(`+99966210${30 + i}`)
        return body['temp_session_id']
      }),
    )
    // Locked logins stand for calls to Telegram: a waiting step keeps its connection in both cases.
    const { db, close } = createDb(gateways.database.url, { maxConnections: 2 })
    const sql = db.$client
    const unlock = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const locking = sql.begin(async (tx) => {
      await tx`select id from temp_sessions for update`
      locked.resolve()
      await unlock.promise
    })
    await locked.promise
    const verified = Promise.all(logins.map((id) => verify(id)))
    try {
      await vi.waitFor(async () => {
        const waiting = await sql`
          select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`
        expect(waiting.length).toBeGreaterThan(3)
      }, 10_000)
      expect((await get(`${otherReplica}/sessions`)).status).toBe(200)
      expect((await send('+9996621059')).status).toBe(200)
    } finally {
      unlock.resolve()
      await locking
      await close()
    }
    for (const { status } of await verified) expect(status).toBe(200)
  })

  test('executes concurrent steps one after the other', async () => {
    const { temp_session_id } = (await send('+9996621114')).body
    const verified = await Promise.all([1, 2, 3].map(() => verify(temp_session_id)))
    expect(verified.map(({ status }) => status)).toEqual([200, 200, 200])
    const saved = await Promise.all([1, 2, 3].map(() => step('finalize', temp_session_id)))
    expect(saved.map(({ status }) => `${status}`).toSorted()).toEqual(['200', '404', '404'])
  })
})
