import { randomBytes } from 'node:crypto'
import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  abandonSignIn,
  authKeyIdOf,
  authOfKey,
  chats,
  checkQrLogin,
  resendCode,
  startLogin,
  startQrLogin,
  submitCode,
  submitPassword,
  verifyLogin,
  type QrLogin,
  type TelegramConfig,
} from '../src/index.ts'
import {
  CODE,
  PASSWORD,
  PHONE,
  PHONE_ON_DC_4,
  PHONE_WITH_PASSWORD,
  open,
  startDemoWorld,
} from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

let emulator: Emulator
let config: TelegramConfig
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
})
afterAll(() => emulator.close())

describe('a login code', () => {
  test('a code is resent by each further delivery type, until there is no other way', async () => {
    const started = await startLogin(config, { phoneNumber: PHONE })
    if (started.status !== 'code_sent') throw new Error(started.status)
    expect(started.delivery).toMatchObject({ type: 'app', nextType: 'sms' })
    const again = await resendCode(config, started.login)
    if (again.status !== 'code_sent') throw new Error(again.status)
    expect(again.delivery).toMatchObject({ type: 'sms', nextType: 'call' })
    const last = await resendCode(config, again.login)
    if (last.status !== 'code_sent') throw new Error(last.status)
    expect(await resendCode(config, last.login)).toEqual({ status: 'no_other_way' })
    expect(await submitCode(config, last.login, CODE)).toMatchObject({ status: 'signed_in' })
    expect(await resendCode(config, last.login)).toEqual({ status: 'code_expired' })
  })
})

describe('a QR login', () => {
  async function show(): Promise<QrLogin> {
    const started = await startQrLogin(config)
    if (started.status !== 'waiting') throw new Error(started.status)
    expect(started.login.url).toMatch(/^tg:\/\/login\?token=[\w-]+$/)
    expect(Date.parse(started.login.expiresAt)).toBeGreaterThan(Date.now())
    return started.login
  }
  const scan = ({ url }: QrLogin, account: string) =>
    emulator.control.acceptLogin({ token: url, account })

  test('a QR login waits until its code is scanned, and is signed in to the account', async () => {
    await signInTestAccount(config)
    const first = await checkQrLogin(config, await show())
    if (first.status !== 'waiting') throw new Error(first.status)
    await scan(first.login, PHONE)
    const done = await checkQrLogin(config, first.login)
    if (done.status !== 'signed_in') throw new Error(done.status)
    expect(done.account.phoneNumber).toBe(PHONE)
    expect(await verifyLogin(config, done)).toMatchObject({ status: 'valid' })
  })

  test('a QR login moves to the data centre of the account that scanned the code', async () => {
    const login = await show()
    await scan(login, PHONE_ON_DC_4)
    const moved = await checkQrLogin(config, login)
    if (moved.status !== 'moved') throw new Error(moved.status)
    expect(await verifyLogin(config, moved.login)).toEqual({ status: 'logged_out' })
    const done = await checkQrLogin(config, moved.login)
    expect(done).toMatchObject({ status: 'signed_in', auth: moved.login.auth })
    // Idempotent: the answer may have been lost.
    expect(await checkQrLogin(config, moved.login)).toEqual(done)
  })

  test('a QR login shows a new code when the accepted token has expired before its import', async () => {
    const login = await show()
    await scan(login, PHONE_ON_DC_4)
    const moved = await checkQrLogin(config, login)
    if (moved.status !== 'moved') throw new Error(moved.status)
    const acceptedToken = randomBytes(32).toString('base64')
    const another = await checkQrLogin(config, { ...moved.login, acceptedToken })
    if (another.status !== 'waiting') throw new Error(another.status)
    await scan(another.login, PHONE)
    expect(await checkQrLogin(config, another.login)).toMatchObject({ status: 'signed_in' })
  })

  test('a QR login asks for the two-step password', async () => {
    const login = await show()
    await scan(login, PHONE_WITH_PASSWORD)
    const checked = await checkQrLogin(config, login)
    if (checked.status !== 'password_needed') throw new Error(checked.status)
    expect(await submitPassword(config, checked.login, PASSWORD)).toMatchObject({
      status: 'signed_in',
      account: { phoneNumber: PHONE_WITH_PASSWORD },
    })
  })

  test('an abandoned QR login is signed out, whether its code was scanned or not', async () => {
    await abandonSignIn(config, await show())
    const login = await show()
    await scan(login, PHONE)
    const done = await checkQrLogin(config, login)
    if (done.status !== 'signed_in') throw new Error(done.status)
    await abandonSignIn(config, done)
    expect(await verifyLogin(config, done)).toEqual({ status: 'logged_out' })
  })
})

describe('an imported login', () => {
  const identity = () => ({ api: config.api, device: config.device })
  const forged = (dcId: number) => ({
    identity: identity(),
    auth: authOfKey(dcId, randomBytes(256)),
  })

  test('an imported login is verified with its account', async () => {
    const { auth, account } = await signInTestAccount(config)
    const key = Buffer.from(auth.keys[auth.dcId] ?? '', 'base64')
    const login = { identity: identity(), auth: authOfKey(auth.dcId, key) }
    expect(await verifyLogin(config, login)).toEqual({ status: 'valid', account })
    const keyIds = (await emulator.control.keys()).map(({ key_id }) => key_id)
    const keyId = Buffer.alloc(8)
    keyId.writeBigInt64LE(authKeyIdOf(login.auth))
    expect(keyIds).toContain(keyId.toString('hex'))
  })

  test('an imported login with an unknown auth key or data centre is refused', async () => {
    expect(await verifyLogin(config, forged(2))).toEqual({ status: 'logged_out' })
    expect(await verifyLogin(config, forged(5))).toEqual({ status: 'unknown_data_centre' })
  })
})

test('the chats include basic groups, and a migrated group is returned as its supergroup', async () => {
  const phone = '+9996627001'
  const telegram = await open(config, await signInTestAccount(config, phone))
  try {
    const before = await Array.fromAsync(chats(telegram))
    const { id } = await emulator.control.addGroup({ title: 'Chess club', creator: phone })
    const { id: moved } = await emulator.control.addGroup({ title: 'Choir', creator: phone })
    const { migrated_to } = await emulator.control.migrateGroup(moved)
    const known = new Set(before.map((chat) => JSON.stringify(chat)))
    const added = (await Array.fromAsync(chats(telegram))).filter(
      (chat) => !known.has(JSON.stringify(chat)),
    )
    expect(added).toHaveLength(2)
    expect(added).toContainEqual({
      kind: 'group',
      group: { groupId: id, title: 'Chess club', participantsCount: 1, migratedTo: null },
    })
    expect(added).toContainEqual({
      kind: 'channel',
      channel: expect.objectContaining({ id: String(migrated_to), isMegagroup: true }),
    })
    expect(await telegram.channelInfo({ chat: { groupId: id } })).toEqual({
      about: '',
      participantsCount: 1,
    })
  } finally {
    await telegram.close()
  }
})
