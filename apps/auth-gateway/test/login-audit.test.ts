import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateways, type Gateways } from './gateway.ts'
import { callApi, makeKey, makeTenant } from './keys.ts'

let gateways: Gateways
let key: string

beforeAll(async () => {
  gateways = await startGateways({ authMode: 'keys', limits: { LOGIN_TRIES_PER_CODE: '3' } })
  key = (await makeKey(gateways, { tenantId: await makeTenant(gateways, 'one') })).key
})
afterAll(() => gateways.close())

const step = async (name: string, body: unknown) =>
  callApi(gateways.urls[0], `POST /sessions/${name}`, { key, body })

/** The audited actions of the login, in order. All must be by this key. */
async function trailOf(temp_session_id: unknown): Promise<unknown[]> {
  const { body } = await callApi(gateways.urls[1], 'GET /audit', { key })
  const events = body['items'] as Record<string, unknown>[]
  return events
    .filter(({ object_id }) => object_id === temp_session_id)
    .map(({ action, key_id, details }) => {
      expect(key_id).toBe(key.slice(3, 19))
      const { reason } = details as { reason?: string }
      return reason === undefined ? action : `${String(action)}: ${reason}`
    })
    .toReversed()
}

test('every step of a login is audited, also refused ones', async () => {
  const start = { phone_number: '+9996621002', session_name: 'traced' }
  const { temp_session_id } = (await step('send-otp', start)).body
  const code = { temp_session_id, code: '22222' }
  await step('verify-otp', { temp_session_id, code: '99999' })
  await step('resend-otp', { temp_session_id })
  await step('verify-otp', { ...code, password: 'wrong' })
  await step('verify-otp', { ...code, password: 'telegather' })
  await step('verify-otp', code)
  expect((await step('finalize', { temp_session_id })).status).toBe(200)
  expect(await trailOf(temp_session_id)).toEqual([
    'login.started',
    'login.refused: code_invalid',
    'login.code_resent',
    'login.refused: password_invalid',
    'login.verified',
  ])
})

test('a login that fails is audited', async () => {
  const unregistered = { phone_number: '+9996628002', session_name: 'nobody' }
  const { temp_session_id } = (await step('send-otp', unregistered)).body
  expect((await step('verify-otp', { temp_session_id, code: '22222' })).status).toBe(400)
  expect(await trailOf(temp_session_id)).toEqual(['login.started', 'login.refused: sign_up_needed'])

  const given = (await step('send-otp', { phone_number: '+9996621501', session_name: 'given up' }))
    .body['temp_session_id']
  await step('cancel', { temp_session_id: given })
  expect(await trailOf(given)).toEqual(['login.started', 'login.cancelled'])
})
