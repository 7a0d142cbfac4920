import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConnectionLost, type SignedIn, type TelegramConfig } from '../src/index.ts'
import { open } from './demo-world.ts'
import { emulatorConfig, signInTestAccount } from '../src/testing.ts'
import { startEmulatorProcess, type EmulatorProcess } from './emulator-process.ts'

let emulator: EmulatorProcess
let config: TelegramConfig
let login: SignedIn
beforeAll(async () => {
  emulator = await startEmulatorProcess()
  config = {
    ...emulatorConfig(emulator),
    keepAlive: { intervalMs: 250, disconnectAfterSeconds: 2 },
  }
  login = await signInTestAccount(config)
})
afterAll(() => emulator.close())

test('a connection whose pings are not answered is closed, and a call reconnects when Telegram answers again', async () => {
  const telegram = await open(config, login)
  expect(await telegram.me()).toEqual(login.account)

  emulator.freeze()
  // The deadline of 10 minutes does not end the call: the unanswered pings do.
  await expect(telegram.me({}, { timeoutMs: 600_000 })).rejects.toThrow(ConnectionLost)

  emulator.thaw()
  await expect
    .poll(() => telegram.me().catch((error: unknown) => error), { timeout: 30_000 })
    .toEqual(login.account)
  await telegram.close()
  await expect
    .poll(async () =>
      (await emulator.control.stats()).reduce((sum, key) => sum + key.open_connections, 0),
    )
    .toBe(0)
})
