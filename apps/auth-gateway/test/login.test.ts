import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get, post, startGateways, type Gateways } from './gateway.ts'

const CODE = '22222'

describe('login by code', () => {
  let gateways: Gateways
  let api: string
  let otherReplica: string

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api, otherReplica] = gateways.urls
  })
  afterAll(() => gateways.close())

  async function sendOtp(phoneNumber: string, sessionName: string): Promise<string> {
    const sent = await post(`${api}/sessions/send-otp`, {
      phone_number: phoneNumber,
      session_name: sessionName,
    })
    expect(sent.status).toBe(200)
    return String(sent.body['temp_session_id'])
  }

  test('works as documented, with each step at another replica', async () => {
    const sent = await post(`${api}/sessions/send-otp`, {
      phone_number: '+9996621001',
      session_name: 'my_telegram_session',
    })
    expect(sent.status).toBe(200)
    expect(sent.body).toEqual({
      message: 'OTP sent to +9996621001',
      temp_session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      phone_code_hash: expect.stringMatching(/./),
      delivery: 'app',
      next_delivery: 'sms',
      resend_after_seconds: expect.any(Number),
    })
    const { temp_session_id } = sent.body

    const verified = await post(`${otherReplica}/sessions/verify-otp`, {
      temp_session_id,
      code: CODE,
    })
    expect(verified.status).toBe(200)
    expect(verified.body).toEqual({
      message: 'Authentication successful. Ready to finalize.',
      requires_password: false,
    })

    const session = await post(`${api}/sessions/finalize`, { temp_session_id })
    expect(session.status).toBe(200)
    expect(Object.keys(session.body).slice(0, 4)).toEqual([
      'id',
      'session_name',
      'phone_number',
      'created_at',
    ])
    expect(session.body).toMatchObject({
      session_name: 'my_telegram_session',
      phone_number: '+9996621001',
      state: 'active',
    })

    const again = await post(`${api}/sessions/finalize`, { temp_session_id })
    expect(again).toMatchObject({
      status: 404,
      body: { code: 'temp_session_not_found', detail: 'Temp session not found' },
    })
  })

  test('requires the two-step password, and refuses a wrong one', async () => {
    const temp_session_id = await sendOtp('+9996621002', 'two steps')
    const step = { temp_session_id, code: CODE }
    expect((await post(`${api}/sessions/verify-otp`, step)).body).toEqual({
      message: '2FA password required',
      requires_password: true,
    })
    // An empty password counts as absent.
    expect((await post(`${api}/sessions/verify-otp`, { ...step, password: '' })).body).toEqual({
      message: '2FA password required',
      requires_password: true,
    })
    expect(await post(`${api}/sessions/verify-otp`, { ...step, password: 'wrong' })).toMatchObject({
      status: 400,
      body: { detail: 'Invalid password' },
    })
    const right = await post(`${otherReplica}/sessions/verify-otp`, {
      ...step,
      password: 'telegather',
    })
    expect(right).toMatchObject({ status: 200, body: { requires_password: false } })
  })

  test('accepts code and password in one step', async () => {
    const temp_session_id = await sendOtp('+9996621002', 'one step')
    const verified = await post(`${api}/sessions/verify-otp`, {
      temp_session_id,
      code: CODE,
      password: 'telegather',
    })
    expect(verified).toMatchObject({ status: 200, body: { requires_password: false } })
  })

  test('follows a phone to its data centre', async () => {
    const temp_session_id = await sendOtp('+99966 4-1234', 'on DC 4')
    expect(
      await post(`${api}/sessions/verify-otp`, { temp_session_id, code: '44444' }),
    ).toMatchObject({ status: 200 })
    expect(await post(`${api}/sessions/finalize`, { temp_session_id })).toMatchObject({
      status: 200,
      body: { phone_number: '+9996641234' },
    })
  })

  test('refuses a wrong code, and accepts the right one afterwards', async () => {
    const temp_session_id = await sendOtp('+9996620001', 'wrong code')
    const wrong = await post(`${api}/sessions/verify-otp`, { temp_session_id, code: '99999' })
    expect(wrong).toMatchObject({
      status: 400,
      body: { code: 'code_invalid', detail: 'Invalid OTP code' },
    })
    expect(wrong.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    const right = await post(`${api}/sessions/verify-otp`, { temp_session_id, code: CODE })
    expect(right.status).toBe(200)
  })

  test('ends after five wrong codes', async () => {
    const temp_session_id = await sendOtp('+9996620002', 'guessing')
    const guess = () => post(`${api}/sessions/verify-otp`, { temp_session_id, code: '99999' })
    for (let tries = 0; tries < 5; tries++) expect((await guess()).status).toBe(400)
    expect(await guess()).toMatchObject({
      status: 404,
      body: { detail: 'Temp session not found' },
    })
  })

  test('ends after five minutes', async () => {
    const temp_session_id = await sendOtp('+9996620003', 'too late')
    await gateways.database.db.$client`
      update temp_sessions set expires_at = expires_at - interval '5 minutes'
      where id = ${temp_session_id}`
    expect(await post(`${api}/sessions/verify-otp`, { temp_session_id, code: CODE })).toMatchObject(
      { status: 404, body: { detail: 'Temp session not found' } },
    )
  })

  test.each(['', '12', 'not a number', '+0001234567', '+9996612345', `+${'1'.repeat(1000)}`])(
    'refuses the phone number %s',
    async (phone_number) => {
      const sent = await post(`${api}/sessions/send-otp`, { phone_number, session_name: 'x' })
      expect(sent).toMatchObject({
        status: 400,
        body: { code: 'phone_number_invalid', detail: 'Invalid phone number' },
      })
    },
  )

  test('refuses to save a login that is not complete', async () => {
    const temp_session_id = await sendOtp('+9996620004', 'too early')
    expect((await post(`${api}/sessions/finalize`, { temp_session_id })).status).toBe(400)
  })

  test('answers 404 for an unknown temp session', async () => {
    const unknown = '01a1fbe7-a574-7738-94f6-51a6327e5ec3'
    for (const temp_session_id of [unknown, 'uuid-from-step-1', '', 'x'.repeat(1000)])
      expect(
        await post(`${api}/sessions/verify-otp`, { temp_session_id, code: CODE }),
      ).toMatchObject({ status: 404, body: { detail: 'Temp session not found' } })
  })

  test('keeps the session id of an account that logs in again', async () => {
    const logIn = async (sessionName: string) => {
      const temp_session_id = await sendOtp('+9996620005', sessionName)
      await post(`${api}/sessions/verify-otp`, { temp_session_id, code: CODE })
      return post(`${api}/sessions/finalize`, { temp_session_id })
    }
    const first = await logIn('first name')
    const second = await logIn('second name')
    expect(second.body).toMatchObject({ id: first.body['id'], session_name: 'second name' })

    const taken = await post(`${api}/sessions/send-otp`, {
      phone_number: '+9996620006',
      session_name: 'second name',
    })
    expect(taken.status).toBe(409)
  })

  test('names invalid fields in the error', async () => {
    const refused = await post(`${api}/sessions/send-otp`, {
      phone_number: 5,
      session_name: 'x',
      admin: true,
    })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('phone_number')
    expect(refused.text).toContain('admin')
  })

  test('shows sessions without their secrets', async () => {
    const list = await get(`${api}/sessions/`)
    expect(list.status).toBe(200)
    const rows = await gateways.database.db.$client`select * from sessions`
    expect(rows.length).toBeGreaterThan(0)
    for (const { encrypted_auth, encrypted_api_hash } of rows) {
      expect(list.text).not.toContain(encrypted_auth)
      expect(list.text).not.toContain(encrypted_api_hash)
    }
    expect(Object.keys(JSON.parse(list.text)[0])).toEqual([
      'id',
      'session_name',
      'phone_number',
      'created_at',
      'name',
      'updated_at',
      'is_active',
      'state',
      'state_reason',
      'flood_wait_until',
      'origin',
      'use_for_public',
    ])
  })
})
