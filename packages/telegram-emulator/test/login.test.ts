import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { connect, proof, sendCode, signIn } from './gramjs.ts'

let emulator: OpenEmulator
const clients: TelegramClient[] = []

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.destroy()))
})

afterAll(() => emulator.close())

async function newClient(): Promise<TelegramClient> {
  const client = await connect(emulator)
  clients.push(client)
  return client
}

function refusal(errorMessage: string): unknown {
  return expect.objectContaining({ errorMessage })
}

test('a number gets an account with its first login, with a name and a username', async () => {
  const client = await newClient()
  const user = await signIn(client, '+9996627777')
  expect(user.self).toBe(true)
  expect(user.phone).toBe('9996627777')
  expect(user.username).toMatch(/^[a-z]+_[a-z]+_27777$/)
  const me = await client.getMe()
  expect(String(me.id)).toBe(String(user.id))
})

describe('a code', () => {
  const phoneNumber = '+9996621001'

  test('that is wrong is refused, and the right one is still accepted', async () => {
    const client = await newClient()
    const phoneCodeHash = await sendCode(client, phoneNumber)
    const attempt = (phoneCode: string) =>
      client.invoke(new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode }))
    await expect(attempt('22223')).rejects.toEqual(refusal('PHONE_CODE_INVALID'))
    await expect(attempt('')).rejects.toEqual(refusal('PHONE_CODE_EMPTY'))
    await expect(attempt('22222')).resolves.toBeInstanceOf(Api.auth.Authorization)
  })

  test('expires with the fifth wrong one', async () => {
    const client = await newClient()
    const phoneCodeHash = await sendCode(client, phoneNumber)
    const attempt = (phoneCode: string) =>
      client.invoke(new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode }))
    for (const wrong of ['11111', '33333', '44444', '55555', '66666']) {
      await expect(attempt(wrong)).rejects.toEqual(refusal('PHONE_CODE_INVALID'))
    }
    await expect(attempt('22222')).rejects.toEqual(refusal('PHONE_CODE_EXPIRED'))
  })

  test('is valid for the key that requested it, until its next request', async () => {
    const [client, other] = await Promise.all([newClient(), newClient()])
    const first = await sendCode(client, phoneNumber)
    const attempt = (by: TelegramClient, phoneCodeHash: string) =>
      by.invoke(new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode: '22222' }))
    await expect(attempt(other, first)).rejects.toEqual(refusal('PHONE_CODE_EXPIRED'))
    const second = await sendCode(client, phoneNumber)
    await expect(attempt(client, first)).rejects.toEqual(refusal('PHONE_CODE_EXPIRED'))
    await expect(attempt(client, second)).resolves.toBeInstanceOf(Api.auth.Authorization)
  })

  test('can be cancelled', async () => {
    const client = await newClient()
    const phoneCodeHash = await sendCode(client, phoneNumber)
    await client.invoke(new Api.auth.CancelCode({ phoneNumber, phoneCodeHash }))
    await expect(
      client.invoke(new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode: '22222' })),
    ).rejects.toEqual(refusal('PHONE_CODE_EXPIRED'))
  })
})

test.each(['+9996651001', '+4915112345678', ''])(
  '%s is no number of this Telegram',
  async (phone) => {
    const client = await newClient()
    await expect(sendCode(client, phone)).rejects.toEqual(refusal('PHONE_NUMBER_INVALID'))
  },
)

describe('two-step verification', () => {
  test('accepts the right password', async () => {
    const client = await newClient()
    const user = await signIn(client, '+9996621002', 'telegather')
    expect(user.phone).toBe('9996621002')
    await expect(client.isUserAuthorized()).resolves.toBe(true)
  })

  test('refuses a wrong password, a repeated proof, and all other calls before the password', async () => {
    const client = await newClient()
    await expect(signIn(client, '+9996621002')).rejects.toEqual(refusal('SESSION_PASSWORD_NEEDED'))
    await expect(client.invoke(new Api.updates.GetState())).rejects.toEqual(
      refusal('SESSION_PASSWORD_NEEDED'),
    )
    const wrong = new Api.auth.CheckPassword({ password: await proof(client, 'telegraph') })
    await expect(client.invoke(wrong)).rejects.toEqual(refusal('PASSWORD_HASH_INVALID'))
    await expect(client.invoke(wrong)).rejects.toEqual(refusal('SRP_ID_INVALID'))
    const right = new Api.auth.CheckPassword({ password: await proof(client, 'telegather') })
    await expect(client.invoke(right)).resolves.toBeInstanceOf(Api.auth.Authorization)
  })
})

test('a number of another data centre signs in there', async () => {
  const client = await newClient()
  const user = await signIn(client, '+9996641003')
  expect(user.phone).toBe('9996641003')
  expect(client.session.dcId).toBe(4)
})

test('signing out ends the login, and no other', async () => {
  const [client, other] = await Promise.all([newClient(), newClient()])
  await signIn(client, '+9996621001')
  await signIn(other, '+9996621001')
  await client.invoke(new Api.auth.LogOut())
  await expect(client.invoke(new Api.updates.GetState())).rejects.toEqual(
    refusal('AUTH_KEY_UNREGISTERED'),
  )
  await expect(other.isUserAuthorized()).resolves.toBe(true)
})

test('signing out the others ends their logins', async () => {
  const [client, other] = await Promise.all([newClient(), newClient()])
  await signIn(client, '+9996623001')
  await signIn(other, '+9996623001')
  const list = await client.invoke(new Api.account.GetAuthorizations())
  expect(list.authorizations).toHaveLength(2)
  await client.invoke(new Api.auth.ResetAuthorizations())
  await expect(other.invoke(new Api.updates.GetState())).rejects.toEqual(refusal('SESSION_REVOKED'))
  await expect(client.isUserAuthorized()).resolves.toBe(true)
})

test('clients get the addresses of all data centres', async () => {
  const client = await newClient()
  const config = await client.invoke(new Api.help.GetConfig())
  expect(
    config.dcOptions.map(({ id, ipAddress, port, ipv6 }) => ({ id, ip: ipAddress, port, ipv6 })),
  ).toEqual(emulator.dcs.map((dc) => ({ ...dc, ipv6: false })))
  expect(config.thisDc).toBe(2)
})

test('users are found as self and by id', async () => {
  const [client, other] = await Promise.all([newClient(), newClient()])
  await signIn(client, '+9996621001')
  const someone = await signIn(other, '+9996624444')
  const byName = await client.getEntity(someone.username ?? '')
  expect((byName as Api.User).phone).toBeFalsy()
  const full = await client.invoke(new Api.users.GetFullUser({ id: 'me' }))
  expect((full.users[0] as Api.User).self).toBe(true)
  const wrong = new Api.InputUser({ userId: someone.id, accessHash: returnBigInt(1) })
  await expect(client.invoke(new Api.users.GetFullUser({ id: wrong }))).rejects.toEqual(
    refusal('USER_ID_INVALID'),
  )
})

test('an unsupported method is refused with INPUT_METHOD_INVALID', async () => {
  const client = await newClient()
  await expect(client.invoke(new Api.help.GetCountriesList({ langCode: '' }))).rejects.toEqual(
    refusal('INPUT_METHOD_INVALID'),
  )
})
