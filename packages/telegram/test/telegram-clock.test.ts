import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startQrLogin, TelegramClock, type SignedIn, type TelegramConfig } from '../src/index.ts'
import { startEmulatorProcess } from './emulator-process.ts'
import { filePosts, open, startDemoWorld } from './demo-world.ts'
import { emulatorConfig, signInTestAccount } from '../src/testing.ts'

const OFFSETS = [600, -600]
/** Far above a round trip, far below the deadline of a call (30 s). */
const FAST_MS = 5_000

let emulator: Emulator
let config: TelegramConfig
let login: SignedIn
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
  login = await signInTestAccount(config)
})
afterEach(async () => {
  vi.useRealTimers()
  await emulator.control.removeFaults()
})
afterAll(async () => await emulator.close())

const clockFault = async (seconds: number) =>
  await emulator.control.placeFault({ kind: 'clock', offset_seconds: seconds })

/** Number of messages that the emulator refused for their time. */
async function refusedMessages(): Promise<number> {
  const faults = await emulator.control.faults()
  return faults.reduce((sum, { fired }) => sum + fired, 0)
}

test.each(OFFSETS)('an account connects when Telegram’s clock is %i s ahead', async (seconds) => {
  await clockFault(seconds)
  const onDifference = vi.fn<(aheadSeconds: number) => void>()
  const clock = new TelegramClock(onDifference)
  const startedAt = performance.now()
  const telegram = await open({ ...config, clock }, login)
  expect(await telegram.me()).toEqual(login.account)
  expect(performance.now() - startedAt).toBeLessThan(FAST_MS)
  // Only the messages sent before the first answer are refused.
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
  expect(await refusedMessages(), 'later connections use the measured offset').toBe(refused)
  expect(onDifference).toHaveBeenCalledTimes(1)
  expect(onDifference.mock.lastCall?.[0]).toBeCloseTo(-seconds, -1)
})

test.each(OFFSETS)('a new login succeeds when Telegram’s clock is %i s ahead', async (seconds) => {
  await clockFault(seconds)
  const startedAt = performance.now()
  const own = await signInTestAccount(config, '+9996621044')
  const telegram = await open(config, own)
  expect(await telegram.me()).toEqual(own.account)
  expect(performance.now() - startedAt).toBeLessThan(3 * FAST_MS)
  await telegram.close()
})

test('a clock offset of 20 s is measured and reported although no message is refused', async () => {
  await clockFault(20)
  const onDifference = vi.fn<(aheadSeconds: number) => void>()
  const clock = new TelegramClock(onDifference)
  const telegram = await open({ ...config, clock }, login)
  await vi.waitFor(() => expect(clock.aheadSeconds).toBeCloseTo(-20, 0))
  await telegram.close()
  expect(await refusedMessages()).toBe(0)
  expect(onDifference).toHaveBeenCalledTimes(1)
})

test('a clock offset of 0 s is not reported', async () => {
  const onDifference = vi.fn<(aheadSeconds: number) => void>()
  const clock = new TelegramClock(onDifference)
  const telegram = await open({ ...config, clock }, login)
  await vi.waitFor(() => expect(clock.aheadSeconds).toBeCloseTo(0, 0))
  await telegram.close()
  expect(onDifference).not.toHaveBeenCalled()
})

test('the expiry of a QR code is given by this machine’s clock', async () => {
  await clockFault(600)
  const started = await startQrLogin(config)
  if (started.status !== 'waiting') throw new Error(started.status)
  const leftMs = Date.parse(started.login.expiresAt) - Date.now()
  expect(leftMs).toBeGreaterThan(0)
  expect(leftMs).toBeLessThan(120_000)
})

test.each(OFFSETS)(
  'a connection survives a jump of this machine’s clock by %i s',
  async (seconds) => {
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
    expect(performance.now() - startedAt).toBeLessThan(FAST_MS)
    vi.useRealTimers()
    expect(await telegram.me()).toEqual(own.account)
    await telegram.close()
    await other.close()
  },
)

test.each(OFFSETS)(
  'an open connection follows a jump of Telegram’s clock by %i s in one round trip',
  async (seconds) => {
    const telegram = await open(config, login)
    await telegram.me()
    await clockFault(seconds)
    const startedAt = performance.now()
    expect(await telegram.me()).toEqual(login.account)
    expect(performance.now() - startedAt).toBeLessThan(FAST_MS)
    expect(await refusedMessages()).toBe(1)
    expect(await telegram.me()).toEqual(login.account)
    expect(await refusedMessages(), 'later calls use the measured offset').toBe(1)
    await telegram.close()
  },
)

test('data centres with different clocks are reported once each, and the larger difference is shown', () => {
  const reported: number[] = []
  const clock = new TelegramClock((aheadSeconds) => void reported.push(aheadSeconds))
  for (let round = 0; round < 10; round++) {
    clock.measured(2, 0)
    clock.measured(4, 600 + (round % 2))
  }
  expect(reported).toEqual([-600])
  expect(clock.aheadSeconds).toBe(-601)
  clock.measured(2, -30)
  expect(reported).toEqual([-600, 30])
})
