import { createHash } from 'node:crypto'
import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import {
  download,
  history,
  resolveChannel,
  type MediaFile,
  type Telegram,
  type TelegramConfig,
} from '../src/index.ts'
import { open, startDemoWorld } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

const MEBIBYTE = 1024 * 1024
const SIZE = 24 * MEBIBYTE + 12_345

let emulator: Emulator
let config: TelegramConfig
let telegram: Telegram
let file: MediaFile
let refresh: () => Promise<MediaFile['location']>
let expected: string
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
  telegram = await open(config, await signInTestAccount(config))
  const { id } = await emulator.control.addChannel({ title: 'Large' })
  const media = { kind: 'document', size: SIZE, name: 'large.bin' } as const
  await emulator.control.post({ channel_id: id, text: '', media })
  const channel = await resolveChannel(telegram, String(id))
  const latest = async () => {
    const [page = []] = await Array.fromAsync(history(telegram, channel, { afterId: 0 }))
    const media = page.at(-1)?.media
    if (!media) throw new Error('the file was posted')
    return media
  }
  file = await latest()
  refresh = async () => (await latest()).location
  expected = (await emulator.control.messages(String(id))).at(-1)?.media?.sha256 ?? ''
})
afterEach(() => emulator.control.removeFaults())
afterAll(async () => {
  await telegram.close()
  await emulator.close()
})

const ofFiles = { match: { method: 'upload.getFile' } }

async function hashOfDownload(by = telegram): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of download(by, file, { refresh })) hash.update(chunk)
  return hash.digest('hex')
}

const fileCalls = () => emulator.control.callsOf('upload.getFile')

let callsBefore: number
beforeEach(async () => {
  callsBefore = await fileCalls()
})

/** Expects at most one call per chunk of the file, plus `maxRepeated` repeated calls. */
async function expectCalls(maxRepeated: number): Promise<void> {
  expect((await fileCalls()) - callsBefore).toBeLessThanOrEqual(
    Math.ceil(SIZE / (MEBIBYTE / 2)) + maxRepeated,
  )
}

test('after a lost connection only the pending chunks of a file are requested again', async () => {
  await emulator.control.placeFault({
    kind: 'disconnect',
    ...ofFiles,
    skip: 5,
    count: 2,
    at: 'answer',
  })
  await emulator.control.placeFault({
    kind: 'disconnect',
    ...ofFiles,
    skip: 20,
    count: 1,
    at: 'request',
  })
  expect(await hashOfDownload()).toBe(expected)
  await expectCalls(48)
})

test('no chunk of a file is requested during a flood wait, except those already sent', async () => {
  await emulator.control.placeFault({
    kind: 'flood_wait',
    ...ofFiles,
    skip: 6,
    count: 1,
    seconds: 2,
    premium: true,
  })
  expect(await hashOfDownload()).toBe(expected)
  const [flood] = await emulator.control.faults()
  expect(flood?.ignored_waits).toBeLessThan(16)
  await expectCalls(16)
})

test('a slow download opens extra connections, which are closed with the client', async () => {
  const own = await open(config, await signInTestAccount(config))
  await emulator.control.placeFault({ kind: 'latency', delay_ms: 20 })
  await emulator.control.placeFault({ kind: 'bandwidth', bytes_per_second: 4 * MEBIBYTE })
  const connections = async () =>
    Math.max(...(await emulator.control.stats()).map(({ open_connections: open }) => open))
  let most = 0
  const counting = setInterval(() => {
    void connections().then((count) => (most = Math.max(most, count)))
  }, 100)
  expect(await hashOfDownload(own)).toBe(expected)
  clearInterval(counting)
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(4)
  await own.close()
  await vi.waitFor(async () => expect(await connections()).toBe(1))
}, 60_000)

test('a connection whose pong waits behind the bytes of a slow download stays open', async () => {
  const keepAlive = { intervalMs: 100, disconnectAfterSeconds: 1 }
  const own = await open({ ...config, keepAlive }, await signInTestAccount(config))
  await emulator.control.placeFault({ kind: 'bandwidth', bytes_per_second: 200_000 })
  const limit = MEBIBYTE / 2
  const chunk = await own.fileChunk({ location: await refresh(), offset: 0, limit })
  expect(chunk).toHaveLength(limit)
  await own.close()
})
