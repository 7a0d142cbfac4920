import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { Raw } from 'telegram/events/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { DEMO_BOT } from '../src/world/demo-accounts.ts'
import { control } from './control.ts'
import { connect, proof, sendCode, signIn } from './gramjs.ts'
import { smallChannel } from './small-channel.ts'

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

function sent(client: TelegramClient, phoneNumber: string): Promise<Api.auth.SentCode> {
  const settings = new Api.CodeSettings({})
  const request = new Api.auth.SendCode({ phoneNumber, apiId: 1, apiHash: 'any', settings })
  return client.invoke(request) as Promise<Api.auth.SentCode>
}

describe('a code', () => {
  const phoneNumber = '+9996622001'

  test('comes by app, then by SMS, then by a call, then not at all', async () => {
    const client = await newClient()
    const byApp = await sent(client, phoneNumber)
    expect(byApp.type).toMatchObject({ className: 'auth.SentCodeTypeApp', length: 5 })
    expect(byApp.nextType).toBeInstanceOf(Api.auth.CodeTypeSms)
    expect(byApp.timeout).toBe(60)
    const { phoneCodeHash } = byApp
    const again = new Api.auth.ResendCode({ phoneNumber, phoneCodeHash })
    const bySms = (await client.invoke(again)) as Api.auth.SentCode
    expect(bySms.type).toBeInstanceOf(Api.auth.SentCodeTypeSms)
    expect(bySms.nextType).toBeInstanceOf(Api.auth.CodeTypeCall)
    const byCall = (await client.invoke(again)) as Api.auth.SentCode
    expect(byCall.type).toBeInstanceOf(Api.auth.SentCodeTypeCall)
    expect([byCall.nextType, byCall.timeout]).toEqual([null, null])
    await expect(client.invoke(again)).rejects.toEqual(refusal('SEND_CODE_UNAVAILABLE'))
    const right = new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode: '22222' })
    await expect(client.invoke(right)).resolves.toBeInstanceOf(Api.auth.Authorization)
  })

  test.each([
    ['+9996620403', 'PHONE_NUMBER_BANNED'],
    ['+9996620429', 'PHONE_NUMBER_FLOOD'],
    ['+9996620406', 'PHONE_PASSWORD_FLOOD'],
  ])('is not sent to %s: %s', async (number, error) => {
    await expect(sendCode(await newClient(), number)).rejects.toEqual(refusal(error))
  })
})

describe('a number without an account', () => {
  test('has to sign up after the code', async () => {
    const phoneNumber = '+9996628001'
    const client = await newClient()
    const { phoneCodeHash, type } = await sent(client, phoneNumber)
    expect(type).toBeInstanceOf(Api.auth.SentCodeTypeSms)
    const signUp = (firstName: string) =>
      client.invoke(
        new Api.auth.SignUp({ phoneNumber, phoneCodeHash, firstName, lastName: 'Sand' }),
      )
    await expect(signUp('Ada')).rejects.toEqual(refusal('PHONE_CODE_INVALID'))
    const right = new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode: '22222' })
    await expect(client.invoke(right)).resolves.toBeInstanceOf(Api.auth.AuthorizationSignUpRequired)
    await expect(client.isUserAuthorized()).resolves.toBe(false)
    await expect(signUp(' ')).rejects.toEqual(refusal('FIRSTNAME_INVALID'))
    const { user } = (await signUp('Ada')) as Api.auth.Authorization
    expect(user).toMatchObject({ firstName: 'Ada', lastName: 'Sand', phone: '9996628001' })
    await expect(signUp('Ada')).rejects.toEqual(refusal('PHONE_NUMBER_OCCUPIED'))
    const other = await newClient()
    await expect(signIn(other, phoneNumber)).resolves.toMatchObject({ firstName: 'Ada' })
  })
})

describe('a two-step password', () => {
  test('can be set, changed and removed, with a hint', async () => {
    const phoneNumber = '+9996622002'
    const client = await newClient()
    await signIn(client, phoneNumber)
    const none = await client.invoke(new Api.account.GetPassword())
    expect([none.hasPassword, none.hint]).toEqual([false, null])
    await client.updateTwoFaSettings({ newPassword: 'first', hint: 'the first one' })
    const first = await client.invoke(new Api.account.GetPassword())
    expect([first.hasPassword, first.hint]).toEqual([true, 'the first one'])

    const other = await newClient()
    await expect(signIn(other, phoneNumber, 'wrong')).rejects.toEqual(
      refusal('PASSWORD_HASH_INVALID'),
    )
    await expect(signIn(other, phoneNumber, 'first')).resolves.toMatchObject({ self: true })
    const wrong = client.updateTwoFaSettings({ currentPassword: 'wrong', newPassword: 'x' })
    await expect(wrong).rejects.toEqual(refusal('PASSWORD_HASH_INVALID'))
    await client.updateTwoFaSettings({ currentPassword: 'first', newPassword: 'second' })
    await expect(signIn(await newClient(), phoneNumber, 'second')).resolves.toBeDefined()
    await client.updateTwoFaSettings({ currentPassword: 'second' })
    await expect(signIn(await newClient(), phoneNumber)).resolves.toBeDefined()
  })

  test('cannot be recovered', async () => {
    const client = await newClient()
    await expect(signIn(client, '+9996621002')).rejects.toEqual(refusal('SESSION_PASSWORD_NEEDED'))
    await expect(client.invoke(new Api.auth.RequestPasswordRecovery())).rejects.toEqual(
      refusal('PASSWORD_RECOVERY_NA'),
    )
    await signIn(client, '+9996622003')
    await expect(client.invoke(new Api.auth.RequestPasswordRecovery())).rejects.toEqual(
      refusal('PASSWORD_EMPTY'),
    )
  })

  test('that has changed invalidates earlier challenges', async () => {
    const client = await newClient()
    await signIn(client, '+9996622004')
    await client.updateTwoFaSettings({ newPassword: 'first' })
    const stale = await proof(client, 'first')
    await client.updateTwoFaSettings({ currentPassword: 'first', newPassword: 'second' })
    await expect(client.invoke(new Api.auth.CheckPassword({ password: stale }))).rejects.toEqual(
      refusal('SRP_ID_INVALID'),
    )
  })
})

describe('a bot', () => {
  test('signs in by its token and reads no dialogs, history or search', async () => {
    const client = await newClient()
    const login = new Api.auth.ImportBotAuthorization({
      apiId: 1,
      apiHash: 'any',
      botAuthToken: DEMO_BOT.token,
    })
    const { user } = (await client.invoke(login)) as Api.auth.Authorization
    expect(user).toMatchObject({ bot: true, self: true, username: DEMO_BOT.username })
    const peer = new Api.InputPeerSelf()
    const page = { offsetId: 0, offsetDate: 0, limit: 1, hash: returnBigInt(0) }
    for (const request of [
      new Api.messages.GetDialogs({ ...page, offsetPeer: peer }),
      new Api.messages.GetHistory({ ...page, peer, addOffset: 0, maxId: 0, minId: 0 }),
      new Api.contacts.GetContacts({ hash: returnBigInt(0) }),
      new Api.auth.ResetAuthorizations(),
    ]) {
      await expect(client.invoke<Api.AnyRequest>(request)).rejects.toEqual(
        refusal('BOT_METHOD_INVALID'),
      )
    }
    await expect(client.isUserAuthorized()).resolves.toBe(true)
  })

  test('reads posts by id, and gets the events of channels in which it is an admin', async () => {
    for (const id of [8001n, 8002n]) {
      const username = `channel_${id}`
      emulator.world.channels.add(smallChannel({ id, title: 'Posts', username, ids: [1, 2, 10] }))
    }
    const made = await control(emulator, 'POST', '/accounts', { bot: true, first_name: 'Reader' })
    const { bot_token: botAuthToken, id: botId } = made as { bot_token: string; id: string }
    await control(emulator, 'POST', '/channels/8001/admins', { add: [botId] })
    const client = await newClient()
    await client.invoke(
      new Api.auth.ImportBotAuthorization({ apiId: 1, apiHash: 'any', botAuthToken }),
    )
    const messages = await client.getMessages('channel_8002', { ids: [2, 3, 10] })
    expect(messages[0]?.message).toBe('message 2')
    expect(messages[2]?.message).toBe('message 10')
    const difference = async (name: string) =>
      client.invoke(
        new Api.updates.GetChannelDifference({
          channel: await client.getInputEntity(name),
          filter: new Api.ChannelMessagesFilterEmpty(),
          pts: 1,
          limit: 100,
        }),
      )
    await expect(difference('channel_8001')).resolves.toMatchObject({ final: true })
    await expect(difference('channel_8002')).rejects.toEqual(refusal('CHANNEL_PRIVATE'))
  })

  test('with an unknown token is refused', async () => {
    const client = await newClient()
    const botAuthToken = DEMO_BOT.token.replace('-0', '-1')
    const login = new Api.auth.ImportBotAuthorization({ apiId: 1, apiHash: 'any', botAuthToken })
    await expect(client.invoke(login)).rejects.toEqual(refusal('ACCESS_TOKEN_INVALID'))
  })

  test('of another data centre is migrated there', async () => {
    const bot = emulator.world.accounts.addBot({ dcId: 4, firstName: 'Far', username: 'far_bot' })
    const client = await newClient()
    const login = new Api.auth.ImportBotAuthorization({
      apiId: 1,
      apiHash: 'any',
      botAuthToken: bot.bot?.token ?? '',
    })
    await expect(client.invoke(login)).resolves.toBeInstanceOf(Api.auth.Authorization)
    expect(client.session.dcId).toBe(4)
  })
})

describe('a QR code', () => {
  function exported(client: TelegramClient, exceptIds: Api.long[] = []) {
    return client.invoke(
      new Api.auth.ExportLoginToken({ apiId: 1, apiHash: 'any', exceptIds }),
    ) as Promise<Api.auth.LoginToken>
  }

  test('that another login accepts signs in, and the waiting client gets updateLoginToken', async () => {
    const [phone, desktop] = await Promise.all([newClient(), newClient()])
    await signIn(phone, '+9996622005')
    const { token, expires } = await exported(desktop)
    expect(expires - Date.now() / 1000).toBeGreaterThan(20)
    const update = new Promise((resolve) => {
      desktop.addEventHandler(resolve, new Raw({ types: [Api.UpdateLoginToken] }))
    })
    const accept = new Api.auth.AcceptLoginToken({ token })
    await expect(phone.invoke(accept)).resolves.toBeInstanceOf(Api.Authorization)
    await update
    await expect(phone.invoke(accept)).rejects.toEqual(refusal('AUTH_TOKEN_ALREADY_ACCEPTED'))
    const success = (await exported(desktop)) as unknown as Api.auth.LoginTokenSuccess
    expect((success.authorization as Api.auth.Authorization).user).toMatchObject({
      phone: '9996622005',
    })
    await expect(desktop.isUserAuthorized()).resolves.toBe(true)
    await expect(phone.invoke(accept)).rejects.toEqual(refusal('AUTH_TOKEN_INVALID'))
  })

  test('can be accepted with the control API', async () => {
    const desktop = await newClient()
    const { token } = await exported(desktop)
    const scanned = {
      token: `tg://login?token=${token.toString('base64url')}`,
      account: '+9996622007',
    }
    await control(emulator, 'POST', '/logins/accept', scanned)
    await expect(control(emulator, 'POST', '/logins/accept', scanned)).rejects.toThrow(
      'token_already_accepted',
    )
    await expect(exported(desktop)).resolves.toBeInstanceOf(Api.auth.LoginTokenSuccess)
  })

  test('migrates to the data centre of the account', async () => {
    const [phone, desktop] = await Promise.all([newClient(), newClient()])
    await signIn(phone, '+9996642005')
    const { token } = await exported(desktop)
    await phone.invoke(new Api.auth.AcceptLoginToken({ token }))
    const move = (await exported(desktop)) as unknown as Api.auth.LoginTokenMigrateTo
    expect(move).toMatchObject({ className: 'auth.LoginTokenMigrateTo', dcId: 4 })
    await desktop._switchDC(move.dcId)
    const result = await desktop.invoke(new Api.auth.ImportLoginToken({ token: move.token }))
    expect(result).toBeInstanceOf(Api.auth.LoginTokenSuccess)
  })

  test('still asks for the two-step password', async () => {
    const [phone, desktop] = await Promise.all([newClient(), newClient()])
    await signIn(phone, '+9996621002', 'telegather')
    const { token } = await exported(desktop)
    await phone.invoke(new Api.auth.AcceptLoginToken({ token }))
    await expect(exported(desktop)).rejects.toEqual(refusal('SESSION_PASSWORD_NEEDED'))
    const password = await proof(desktop, 'telegather')
    await expect(desktop.invoke(new Api.auth.CheckPassword({ password }))).resolves.toBeInstanceOf(
      Api.auth.Authorization,
    )
  })

  test('is refused for excluded accounts, and when used twice', async () => {
    const [phone, desktop] = await Promise.all([newClient(), newClient()])
    const { id } = await signIn(phone, '+9996622006')
    const first = await exported(desktop, [id])
    await expect(
      phone.invoke(new Api.auth.AcceptLoginToken({ token: first.token })),
    ).rejects.toEqual(refusal('AUTH_TOKEN_EXCEPTION'))
    const second = await exported(desktop)
    await expect(
      phone.invoke(new Api.auth.AcceptLoginToken({ token: first.token })),
    ).rejects.toEqual(refusal('AUTH_TOKEN_INVALID'))
    await expect(
      desktop.invoke(new Api.auth.ImportLoginToken({ token: second.token })),
    ).rejects.toEqual(refusal('AUTH_TOKEN_INVALID'))
  })
})
