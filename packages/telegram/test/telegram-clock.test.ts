import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startQrLogin, TelegramClock, type SignedIn, type TelegramConfig } from '../src/index.ts'
import { startEmulatorProcess } from './emulator-process.ts'
import { filePosts, open, placeFault, startDemoWorld } from './demo-world.ts'
import { emulatorConfig, signInTestAccount } from '../src/testing.ts'

const OFFSETS = [600, -600]
/** Far below the deadline of a call, far above a round trip. */
const AT_ONCE_MS = 5_000

let emulator: Emulator
let config: TelegramConfig
let login: SignedIn
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
  login = await signInTestAccount(config)
})
afterEach(async () => {
  vi.useRealTimers()
  await fetch(`${emulator.controlUrl}/faults`, { method: 'DELETE' })
})
afterAll(async () => await emulator.close())

const clockFault = async (seconds: number) =>
  await placeFault(emulator, { kind: 'clock', offset_seconds: seconds })

/** Messages that a data centre has refused for their time. */
async function refusedMessages(): Promise<number> {
  const response = await fetch(`${emulator.controlUrl}/faults`)
  const faults = (await response.json()) as { fired: number }[]
  return faults.reduce((sum, { fired }) => sum + fired, 0)
}

test.each(OFFSETS)('a logged-in account is served by a Telegram %i s ahead', async (seconds) => {
  await clockFault(seconds)
  const told = vi.fn<(aheadSeconds: number) => void>()
  const clock = new TelegramClock(told)
  const startedAt = performance.now()
  const telegram = await open({ ...config, clock }, login)
  expect(await telegram.me()).toEqual(login.account)
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS)
  // Only what was sent before the first answer.
  const refused = await refusedMessages()
  expect(refused).toBeGreaterThan(0)
  expect(refused).toBeLessThanOrEqual(3)
  expect(clock.aheadSeconds).toBeCloseTo(-seconds, -1)

  const posts = await filePosts(emulator, telegram)
  const elsewhere = posts.find(({ file }) => file.location.dcId === 4)
  if (!elsewhere) throw new Error('the demo world has files on DC 4')
  await telegram.fileChunk({ location: elsewhere.file.location, offset: 0, limit: 4096 })
  await telegram.close()
  const again = await open({ ...config, clock }, login)
  await again.me()
  await again.close()
  expect(await refusedMessages(), 'later connections begin with what was measured').toBe(refused)
  expect(told).toHaveBeenCalledTimes(1)
  expect(told.mock.lastCall?.[0]).toBeCloseTo(-seconds, -1)
})

test.each(OFFSETS)('a new login is made at a Telegram %i s ahead', async (seconds) => {
  await clockFault(seconds)
  const startedAt = performance.now()
  const own = await signInTestAccount(config, '+9996621044')
  const telegram = await open(config, own)
  expect(await telegram.me()).toEqual(own.account)
  expect(performance.now() - startedAt).toBeLessThan(3 * AT_ONCE_MS)
  await telegram.close()
})

test('a small difference is measured and reported although nothing is refused', async () => {
  await clockFault(20)
  const told = vi.fn<(aheadSeconds: number) => void>()
  const clock = new TelegramClock(told)
  const telegram = await open({ ...config, clock }, login)
  await vi.waitFor(() => expect(clock.aheadSeconds).toBeCloseTo(-20, 0))
  await telegram.close()
  expect(await refusedMessages()).toBe(0)
  expect(told).toHaveBeenCalledTimes(1)
})

test('a clock that is right is not reported', async () => {
  const told = vi.fn<(aheadSeconds: number) => void>()
  const clock = new TelegramClock(told)
  const telegram = await open({ ...config, clock }, login)
  await vi.waitFor(() => expect(clock.aheadSeconds).toBeCloseTo(0, 0))
  await telegram.close()
  expect(told).not.toHaveBeenCalled()
})

test('a QR code expires by this machine’s clock', async () => {
  await clockFault(600)
  const started = await startQrLogin(config)
  if (started.status !== 'waiting') throw new Error(started.status)
  const leftMs = Date.parse(started.login.expiresAt) - Date.now()
  expect(leftMs).toBeGreaterThan(0)
  expect(leftMs).toBeLessThan(120_000)
})

test.each(OFFSETS)('a machine whose clock jumps by %i s stays connected', async (seconds) => {
  const other = await startEmulatorProcess()
  const theirs = emulatorConfig(other)
  const own = await signInTestAccount(theirs)
  const telegram = await open(theirs, own)
  await telegram.me()
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(Date.now() + seconds * 1000)
  const startedAt = performance.now()
  expect(await telegram.me()).toEqual(own.account)
  expect(await telegram.me()).toEqual(own.account)
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS)
  vi.useRealTimers()
  expect(await telegram.me()).toEqual(own.account)
  await telegram.close()
  await other.close()
})
