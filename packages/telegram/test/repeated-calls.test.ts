import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { SignedIn, TelegramConfig } from '../src/index.ts'
import { open, startDemoWorld } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

let emulator: Emulator
let config: TelegramConfig
let login: SignedIn
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
  login = await signInTestAccount(config)
})
afterEach(() => emulator.control.removeFaults())
afterAll(async () => await emulator.close())

const refuse = async (error: string, method: string, count: number) =>
  await emulator.control.placeFault({ kind: 'rpc_error', error, match: { method }, count })

test.each(['AUTH_RESTART', 'AUTH_RESTART_1'])('a login call is retried after %s', async (error) => {
  await refuse(error, 'auth.sendCode', 2)
  await refuse(error, 'auth.signIn', 1)
  const own = await signInTestAccount(config, '+9996621055')
  expect(own.account.phoneNumber).toBe('+9996621055')
})

test.each(['CONNECTION_NOT_INITED', 'CONNECTION_LAYER_INVALID'])(
  'a call is retried after %s',
  async (error) => {
    const telegram = await open(config, login)
    await refuse(error, 'users.getUsers', 1)
    expect(await telegram.me()).toEqual(login.account)
    await telegram.close()
  },
)

test('a connection whose initialisation Telegram has lost is initialised again, without reconnecting', async () => {
  const telegram = await open(config, login)
  await telegram.me()
  const calls = async () => {
    const [key] = (await emulator.control.stats()).filter(({ open_connections: is }) => is > 0)
    return key?.rpcs['help.getConfig'] ?? 0
  }
  const before = await calls()
  await emulator.control.placeFault({ kind: 'forget_connection' })
  expect(await telegram.me()).toEqual(login.account)
  expect(await calls()).toBe(before + 1)
  await telegram.close()
})

test('a call that is refused on every retry throws Telegram’s error', async () => {
  const telegram = await open(config, login)
  await refuse('CONNECTION_NOT_INITED', 'users.getUsers', 10)
  await expect(telegram.me()).rejects.toThrow('CONNECTION_NOT_INITED')
  await telegram.close()
})

test.each(['dh_gen_retry', 'dh_gen_fail'] as const)(
  'a key exchange is retried after %s',
  async (answer) => {
    await emulator.control.placeFault({ kind: 'key_exchange', answer, count: 2 })
    const own = await signInTestAccount(config, '+9996621056')
    expect(own.account.phoneNumber).toBe('+9996621056')
  },
)
