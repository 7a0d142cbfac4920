import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get, post, startGateways, type Gateways } from './gateway.ts'

describe('the channels of a session', () => {
  let gateways: Gateways
  let api: string
  let sessionId: string

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api] = gateways.urls
    const sent = await post(`${api}/sessions/send-otp`, {
      phone_number: '+9996621001',
      session_name: 'reader',
    })
    const { temp_session_id } = sent.body
    await post(`${api}/sessions/verify-otp`, { temp_session_id, code: '22222' })
    sessionId = String((await post(`${api}/sessions/finalize`, { temp_session_id })).body['id'])
  })
  afterAll(() => gateways.close())

  test('are complete, with every digit of their ids', async () => {
    const answer = await get(`${api}/sessions/${sessionId}/channels`)
    expect(answer.status).toBe(200)
    const channels = JSON.parse(answer.text) as Record<string, unknown>[]
    const expected = await gateways.emulator.control.channels()
    const named = (list: readonly { id: unknown; title: unknown }[]) =>
      Object.fromEntries(list.map(({ id, title }) => [String(id), title]))
    expect(named(channels as { id: unknown; title: unknown }[])).toEqual(named(expected))
    for (const channel of channels) {
      expect(answer.text).toContain(`"access_hash":${String(channel['access_hash_str'])},`)
      expect(channel['is_private']).toBe(channel['username'] === null)
    }
    expect(channels.some((one) => !Number.isSafeInteger(Number(one['access_hash_str'])))).toBe(true)
  })

  test('of a session that does not exist are a 404', async () => {
    expect(await get(`${api}/sessions/999/channels`)).toMatchObject({
      status: 404,
      body: { detail: 'Session not found' },
    })
  })

  test('of an account that was logged out elsewhere are refused, and the session needs a login', async () => {
    await gateways.emulator.control.placeFault({ kind: 'forget_key' })
    const refused = await get(`${api}/sessions/${sessionId}/channels`)
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'session_not_active',
        detail: 'Telegram no longer knows this login; the account must log in again',
      },
    })
    const [session] = JSON.parse((await get(`${api}/sessions`)).text) as Record<string, unknown>[]
    expect(session).toMatchObject({ state: 'needs_login', is_active: 'paused' })
  })
})
