import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  abandonLogin,
  startLogin,
  submitCode,
  submitPassword,
  type LoginState,
  type SubmitCodeResult,
  type TelegramConfig,
} from '../src/index.ts'
import {
  CODE,
  CODE_ON_DC_4,
  open,
  PASSWORD,
  PHONE,
  PHONE_ON_DC_4,
  PHONE_WITH_PASSWORD,
  startDemoWorld,
} from './demo-world.ts'
import { run } from './processes/run.ts'

let emulator: Emulator
let config: TelegramConfig
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
})
afterAll(() => emulator.close())

async function codeSent(phoneNumber: string): Promise<LoginState> {
  const result = await startLogin(config, { phoneNumber })
  if (result.status !== 'code_sent') throw new Error(result.status)
  return result.login
}

describe('a login', () => {
  test('a login with a code is signed in', async () => {
    const started = await startLogin(config, { phoneNumber: PHONE })
    expect(started).toMatchObject({
      status: 'code_sent',
      phoneCodeHash: expect.stringMatching(/./),
      delivery: { type: 'app', codeLength: 5 },
      login: { phoneNumber: PHONE, identity: { api: config.api, device: config.device } },
    })
    if (started.status !== 'code_sent') return
    const result = await submitCode(config, started.login, CODE)
    expect(result).toMatchObject({
      status: 'signed_in',
      account: { phoneNumber: PHONE, username: expect.stringMatching(/./) },
      auth: { dcId: 2 },
      identity: started.login.identity,
    })
    if (result.status !== 'signed_in') return
    const telegram = await open(config, result)
    expect(await telegram.me()).toEqual(result.account)
    await telegram.close()
  })

  test('a wrong code can be corrected', async () => {
    const login = await codeSent('+9996621010')
    expect(await submitCode(config, login, '00000')).toEqual({ status: 'code_invalid' })
    expect(await submitCode(config, login, '')).toEqual({ status: 'code_invalid' })
    expect(await submitCode(config, login, CODE)).toMatchObject({ status: 'signed_in' })
  })

  test('a code expires after five wrong attempts', async () => {
    const login = await codeSent('+9996621011')
    for (let attempt = 1; attempt <= 5; attempt++) await submitCode(config, login, '00000')
    expect(await submitCode(config, login, CODE)).toEqual({ status: 'code_expired' })
  })

  test('the code of an abandoned login has expired', async () => {
    const login = await codeSent('+9996621012')
    await abandonLogin(config, login)
    expect(await submitCode(config, login, CODE)).toEqual({ status: 'code_expired' })
    await abandonLogin(config, login)
  })

  test('a code is valid only with the auth key that requested it', async () => {
    const login = await codeSent('+9996621013')
    const other = await codeSent('+9996621014')
    const mixed = { ...login, auth: other.auth }
    expect(await submitCode(config, mixed, CODE)).toEqual({ status: 'code_expired' })
  })

  test('a login with a two-step password is signed in, after a wrong password too', async () => {
    const login = await codeSent(PHONE_WITH_PASSWORD)
    const result = await submitCode(config, login, CODE)
    expect(result).toMatchObject({ status: 'password_needed', login: { auth: login.auth } })
    if (result.status !== 'password_needed') return
    expect(await submitPassword(config, result.login, 'wrong')).toEqual({
      status: 'password_invalid',
    })
    expect(await submitPassword(config, result.login, PASSWORD)).toMatchObject({
      status: 'signed_in',
      account: { phoneNumber: PHONE_WITH_PASSWORD },
    })
  })

  test('a login moves to the phone number’s data centre and keeps only that auth key', async () => {
    const login = await codeSent(PHONE_ON_DC_4)
    expect(login.auth.dcId).toBe(4)
    const result = await submitCode(config, login, CODE_ON_DC_4)
    expect(result).toMatchObject({ status: 'signed_in', account: { phoneNumber: PHONE_ON_DC_4 } })
    if (result.status === 'signed_in') expect(Object.keys(result.auth.keys)).toEqual(['4'])
  })

  test('a login continues in another process', async () => {
    const login = await codeSent('+9996621015')
    const result = await run<SubmitCodeResult>('submit-code.ts', config, login, CODE)
    expect(result).toMatchObject({ status: 'signed_in', auth: login.auth })
  })

  test.each(['+15550100', '12', 'not a phone'])(
    'the phone number %s is refused',
    async (phoneNumber) => {
      expect(await startLogin(config, { phoneNumber })).toEqual({ status: 'phone_invalid' })
    },
  )

  test('the error of a failed login contains no secret', async () => {
    const nowhere = { ...config, dcs: config.dcs?.map((dc) => ({ ...dc, port: 1 })) ?? null }
    const login = await codeSent('+9996621016')
    const error = await submitCode(nowhere, login, CODE).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(Error)
    const output = `${(error as Error).stack} ${JSON.stringify(error)}`
    for (const secret of [login.phoneCodeHash, CODE, config.api.apiHash, login.auth.keys['2']]) {
      expect(output).not.toContain(secret)
    }
  })

  test('no connection stays open between the steps of a login', async () => {
    const login = await codeSent('+9996621017')
    await submitCode(config, login, '00000')
    await expect
      .poll(async () => (await emulator.control.stats()).filter((key) => key.open_connections > 0))
      .toEqual([])
  })
})
