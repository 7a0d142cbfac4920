import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { request, signedInKeys } from './clients.ts'
import { get, post, startGateways, type Answer, type Gateways } from './gateway.ts'

describe('a login by QR code', () => {
  let gateways: Gateways
  let api: string
  let otherReplica: string

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api, otherReplica] = gateways.urls
  })
  afterAll(() => gateways.close())

  const start = (session_name: string) => post(`${api}/sessions/qr`, { session_name })
  const status = (id: unknown) => get(`${otherReplica}/sessions/qr/${String(id)}/status`)
  const step = (name: string, body: unknown) => post(`${otherReplica}/sessions/${name}`, body)

  /** Accepts the code, like a scan by a logged-in phone. */
  async function scan(url: unknown, account: string): Promise<void> {
    await gateways.emulator.control.acceptLogin({ token: String(url), account })
  }

  /** Polls, because the gateway calls Telegram only every 3 s. */
  const ask = (id: unknown, expected: string): Promise<Answer> =>
    vi.waitFor(
      async () => {
        const answer = await status(id)
        expect(answer.body['status']).toBe(expected)
        return answer
      },
      { interval: 250 },
    )

  test('shows a code, is scanned, and becomes a session', async () => {
    await post(`${api}/sessions/send-otp`, { phone_number: '+9996621001', session_name: 'x' })
    const started = await start('by QR')
    expect(started).toMatchObject({
      status: 200,
      body: {
        temp_session_id: expect.any(String),
        status: 'waiting',
        url: expect.stringMatching(/^tg:\/\/login\?token=[\w-]{20,}$/),
        expires_at: expect.any(String),
      },
    })
    const { temp_session_id, url } = started.body
    for (const answer of [
      await status(temp_session_id),
      await get(`${api}/sessions/qr/${String(temp_session_id)}`),
    ])
      expect(answer).toMatchObject({ status: 200, body: { status: 'waiting', url } })
    expect(await step('finalize', { temp_session_id })).toMatchObject({ status: 400 })
    expect(await step('verify-otp', { temp_session_id, password: 'x' })).toMatchObject({
      status: 400,
      body: { detail: 'The QR code has not been scanned yet' },
    })

    await scan(url, '+9996621001')
    expect((await ask(temp_session_id, 'ready')).body).toEqual({
      temp_session_id,
      status: 'ready',
      url: null,
      expires_at: null,
    })
    const session = await step('finalize', { temp_session_id })
    expect(session).toMatchObject({
      status: 200,
      body: { session_name: 'by QR', phone_number: '+9996621001', origin: 'login' },
    })
    const { id } = session.body
    expect(await request('POST', `${api}/sessions/${String(id)}/test`)).toMatchObject({
      body: { valid: true },
    })
    expect((await status(temp_session_id)).status).toBe(404)
    const trail = await gateways.database.db.$client`
      select action from audit_events where object_id = ${String(temp_session_id)} order by id`
    expect(trail.map(({ action }) => action)).toEqual(['login.started', 'login.verified'])
  })

  test('follows the account to its data centre', async () => {
    const { temp_session_id, url } = (await start('on DC 4')).body
    await scan(url, '+9996641003')
    await ask(temp_session_id, 'ready')
    const session = await step('finalize', { temp_session_id })
    expect(session).toMatchObject({ body: { phone_number: '+9996641003' } })
    const { id } = session.body
    expect((await get(`${api}/sessions/${String(id)}/channels`)).status).toBe(200)
  })

  test('requires the two-step password', async () => {
    const { temp_session_id, url } = (await start('with password')).body
    await scan(url, '+9996621002')
    await ask(temp_session_id, 'password_needed')
    expect(await step('finalize', { temp_session_id })).toMatchObject({ status: 400 })
    expect(await step('verify-otp', { temp_session_id, password: 'wrong' })).toMatchObject({
      status: 400,
      body: { detail: 'Invalid password' },
    })
    expect(await step('verify-otp', { temp_session_id, password: 'telegather' })).toMatchObject({
      status: 200,
      body: { requires_password: false },
    })
    expect(await step('finalize', { temp_session_id })).toMatchObject({
      status: 200,
      body: { phone_number: '+9996621002' },
    })
  })

  test('shows a new code when the first is not scanned', async () => {
    const { temp_session_id, url } = (await start('slow to scan')).body
    const next = await vi.waitFor(
      async () => {
        const { body } = await status(temp_session_id)
        expect(body['url']).not.toBe(url)
        return body
      },
      { interval: 250 },
    )
    await scan(next['url'], '+9996621001')
    await ask(temp_session_id, 'ready')
  })

  test('is cancelled, also after it was scanned', async () => {
    const signedIn = () => signedInKeys(gateways)
    const before = await signedIn()
    const { temp_session_id, url } = (await start('given up')).body
    await scan(url, '+9996621001')
    await ask(temp_session_id, 'ready')
    expect(await signedIn()).toBe(before + 1)
    expect((await step('cancel', { temp_session_id })).status).toBe(200)
    expect(await signedIn()).toBe(before)
    expect((await status(temp_session_id)).status).toBe(404)
  })

  test('is found by its own id only', async () => {
    expect((await status('01a1fbe7-a574-7738-94f6-51a6327e5ec3')).status).toBe(404)
    const sent = await post(`${api}/sessions/send-otp`, {
      phone_number: '+9996621301',
      session_name: 'by code',
    })
    expect(await status(sent.body['temp_session_id'])).toMatchObject({
      status: 400,
      body: { detail: 'This login is not by QR code' },
    })
  })
})
