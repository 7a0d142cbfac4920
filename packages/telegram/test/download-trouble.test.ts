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
import { keyStatistics, open, startDemoWorld, trueMessages } from './demo-world.ts'
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
  const { id } = (await control('POST', '/channels', { title: 'Large' })) as { id: number }
  const media = { kind: 'document', size: SIZE, name: 'large.bin' }
  await control('POST', '/messages', { channel_id: id, text: '', media })
  const channel = await resolveChannel(telegram, String(id))
  const latest = async () => {
    const [page = []] = await Array.fromAsync(history(telegram, channel, { afterId: 0 }))
    const media = page.at(-1)?.media
    if (!media) throw new Error('the file was posted')
    return media
  }
  file = await latest()
  refresh = async () => (await latest()).location
  expected = (await trueMessages(emulator, String(id))).at(-1)?.media?.sha256 ?? ''
})
afterEach(async () => await control('DELETE', '/faults'))
afterAll(async () => {
  await telegram.close()
  await emulator.close()
})

async function control(method: string, path: string, body?: object): Promise<unknown> {
  const options = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const response = await fetch(emulator.controlUrl + path, options)
  if (!response.ok) throw new Error(await response.text())
  const text = await response.text()
  return text === '' ? null : (JSON.parse(text) as unknown)
}

const fault = async (kind: string, fields: object) =>
  await control('POST', '/faults', { kind, ...fields })
const ofFiles = { match: { method: 'upload.getFile' } }

async function hashOfDownload(by = telegram): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of download(by, file, { refresh })) hash.update(chunk)
  return hash.digest('hex')
}

async function fileCalls(): Promise<number> {
  const statistics = await keyStatistics(emulator)
  return statistics.reduce((sum, { rpcs }) => sum + (rpcs['upload.getFile'] ?? 0), 0)
}

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
  await fault('disconnect', { ...ofFiles, skip: 5, count: 2, at: 'answer' })
  await fault('disconnect', { ...ofFiles, skip: 20, count: 1, at: 'request' })
  expect(await hashOfDownload()).toBe(expected)
  await expectCalls(48)
})

test('no chunk of a file is requested during a flood wait, except those already sent', async () => {
  await fault('flood_wait', { ...ofFiles, skip: 6, count: 1, seconds: 2, premium: true })
  expect(await hashOfDownload()).toBe(expected)
  const [flood] = (await control('GET', '/faults')) as { ignored_waits: number }[]
  expect(flood?.ignored_waits).toBeLessThan(16)
  await expectCalls(16)
})

test('a slow download opens extra connections, which are closed with the client', async () => {
  const own = await open(config, await signInTestAccount(config))
  await fault('latency', { delay_ms: 20 })
  await fault('bandwidth', { bytes_per_second: 4 * MEBIBYTE })
  const connections = async () =>
    Math.max(...(await keyStatistics(emulator)).map(({ open_connections: open }) => open))
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
