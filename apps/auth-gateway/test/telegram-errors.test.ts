import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { get, post, startGateways, type Answer, type Gateways } from './gateway.ts'

const CODE = '22222'
const WITH_PASSWORD = '+9996621002'

/** Errors of every method: https://core.telegram.org/api/errors */
const ANYWHERE = [
  'AUTH_KEY_UNREGISTERED',
  'PHONE_MIGRATE_9',
  'RPC_CALL_FAIL',
  'SESSION_PASSWORD_NEEDED',
  'USER_DEACTIVATED_BAN',
]

/** Documented errors of each login method, and errors that Telegram may return from any method. */
const DOCUMENTED = {
  'auth.sendCode': [
    'API_ID_INVALID',
    'API_ID_PUBLISHED_FLOOD',
    'AUTH_RESTART',
    'AUTH_RESTART_1',
    'PHONE_NUMBER_APP_SIGNUP_FORBIDDEN',
    'PHONE_NUMBER_BANNED',
    'PHONE_NUMBER_FLOOD',
    'PHONE_NUMBER_INVALID',
    'PHONE_NUMBER_UNOCCUPIED',
    'PHONE_PASSWORD_FLOOD',
    'PHONE_PASSWORD_PROTECTED',
    'SMS_CODE_CREATE_FAILED',
    'UPDATE_APP_TO_LOGIN',
  ],
  'auth.resendCode': [
    'PHONE_CODE_EMPTY',
    'PHONE_CODE_EXPIRED',
    'PHONE_CODE_HASH_EMPTY',
    'PHONE_NUMBER_BANNED',
    'PHONE_NUMBER_INVALID',
    'SEND_CODE_UNAVAILABLE',
  ],
  'auth.signIn': [
    'AUTH_RESTART',
    'PHONE_CODE_EMPTY',
    'PHONE_CODE_EXPIRED',
    'PHONE_CODE_INVALID',
    'PHONE_NUMBER_INVALID',
    'PHONE_NUMBER_UNOCCUPIED',
    'SIGN_IN_FAILED',
    'UPDATE_APP_TO_LOGIN',
  ],
  'account.getPassword': [],
  'auth.checkPassword': [
    'PASSWORD_EMPTY',
    'PASSWORD_HASH_INVALID',
    'SRP_A_INVALID',
    'SRP_ID_INVALID',
    'SRP_PASSWORD_CHANGED',
  ],
  'auth.exportLoginToken': ['API_ID_INVALID', 'API_ID_PUBLISHED_FLOOD', 'AUTH_RESTART'],
  'auth.cancelCode': ['PHONE_CODE_EXPIRED', 'PHONE_NUMBER_INVALID'],
  'users.getUsers': ['PEER_ID_INVALID', 'USER_BANNED_IN_CHANNEL'],
  'messages.getDialogs': ['FOLDER_ID_INVALID', 'OFFSET_PEER_ID_INVALID'],
} as const satisfies Readonly<Record<string, readonly string[]>>

type Method = keyof typeof DOCUMENTED

const CASES = Object.entries(DOCUMENTED).flatMap(([method, errors]) =>
  [...errors, ...ANYWHERE].map((error) => [method as Method, error] as const),
)

describe('an error of Telegram', { timeout: 120_000 }, () => {
  let gateways: Gateways
  let api: string
  let sessionId: number
  beforeAll(async () => {
    gateways = await startGateways()
    ;[api] = gateways.urls
    const login = await sendCode('+9996621001')
    await post(`${api}/sessions/verify-otp`, { ...login, code: CODE })
    sessionId = Number((await post(`${api}/sessions/finalize`, login)).body['id'])
  })
  afterEach(async () => {
    await gateways.emulator.control.removeFaults()
    await gateways.database.db
      .$client`update sessions set state = 'active', flood_wait_until = null`
  })
  afterAll(() => gateways.close())

  async function sendCode(phone: string) {
    const body = { phone_number: phone, session_name: `login of ${phone}` }
    const sent = await post(`${api}/sessions/send-otp`, body)
    return { temp_session_id: sent.body['temp_session_id'] }
  }

  /** The request that calls each method, once what precedes the call is done. */
  const REQUESTS: Readonly<Record<Method, () => Promise<() => Promise<Answer>>>> = {
    'auth.sendCode': async () => () =>
      post(`${api}/sessions/send-otp`, { phone_number: '+9996621101', session_name: 'one' }),
    'auth.resendCode': async () => {
      const login = await sendCode('+9996621102')
      return () => post(`${api}/sessions/resend-otp`, login)
    },
    'auth.signIn': async () => {
      const login = await sendCode('+9996621103')
      return () => post(`${api}/sessions/verify-otp`, { ...login, code: CODE })
    },
    'account.getPassword': () => passwordRequest(),
    'auth.checkPassword': () => passwordRequest(),
    'auth.exportLoginToken': async () => () =>
      post(`${api}/sessions/qr`, { session_name: 'by code' }),
    'auth.cancelCode': async () => {
      const login = await sendCode('+9996621104')
      return () => post(`${api}/sessions/cancel`, login)
    },
    'users.getUsers': async () => () => post(`${api}/sessions/${sessionId}/test`, {}),
    'messages.getDialogs': async () => () => get(`${api}/sessions/${sessionId}/channels`),
  }

  async function passwordRequest() {
    const login = { ...(await sendCode(WITH_PASSWORD)), code: CODE }
    await post(`${api}/sessions/verify-otp`, login)
    return () => post(`${api}/sessions/verify-otp`, { ...login, password: 'telegather' })
  }

  test.each(CASES)('of %s, %s, is no fault of the server', async (method, error) => {
    const request = await REQUESTS[method]()
    const { control } = gateways.emulator
    await control.placeFault({ kind: 'rpc_error', error, match: { method } })
    const { status, body } = await request()
    const [fault] = await control.faults()
    expect(fault?.fired).toBeGreaterThan(0)
    expect({ status, body }).not.toMatchObject({ status: 500 })
  })
})
