import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  download,
  FloodWait,
  Timeout,
  type FileLocation,
  type SignedIn,
  type Telegram,
  type TelegramConfig,
} from '../src/index.ts'
import { filePosts, open, startDemoWorld } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

const RANGE = { offset: 0, limit: 4096 }
const OF_FILES = { method: 'upload.getFile' }
/** Concurrent file calls per link. */
const PER_LINK = 4
const FILES = 6
const FILE_BYTES = 20 * 1024 * 1024

let emulator: Emulator
let config: TelegramConfig
let login: SignedIn
let telegram: Telegram
let location: FileLocation
let callsBefore: number
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown) => void unhandled.push(reason)

beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
  login = await signInTestAccount(config)
  process.on('unhandledRejection', onUnhandled)
})
beforeEach(async () => {
  telegram = await open(config, login)
  const [post] = await filePosts(emulator, telegram)
  if (!post) throw new Error('the demo world has files')
  location = post.file.location
  callsBefore = await fileCalls()
  unhandled.length = 0
})
afterEach(async () => {
  await telegram.close()
  await emulator.control.removeFaults()
})
afterAll(async () => {
  process.off('unhandledRejection', onUnhandled)
  await emulator.close()
})

const fileCalls = () => emulator.control.callsOf('upload.getFile')

/** Starts a flood wait, so that every further file call queues. */
async function startFloodWait(seconds: number): Promise<void> {
  await emulator.control.placeFault({ kind: 'flood_wait', seconds, match: OF_FILES, count: 1 })
  await expect(telegram.fileChunk({ location, ...RANGE })).rejects.toThrow(FloodWait)
}

test('downloads failed by a long flood wait cause no unhandled rejection when the client closes', async () => {
  const run = new AbortController()
  await emulator.control.placeFault({
    kind: 'flood_wait',
    seconds: 13,
    match: OF_FILES,
    skip: 17,
    count: 1,
  })
  const file = { size: FILE_BYTES, location }
  const refresh = () => Promise.resolve(location)
  const failures = await Promise.all(
    Array.from({ length: FILES }, async () => {
      try {
        for await (const _ of download(telegram, file, { refresh, signal: run.signal }));
        return null
      } catch (error) {
        run.abort(error)
        return error
      }
    }),
  )
  expect(failures).not.toContain(null)
  await telegram.close()
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled).toEqual([])
})

test('queued calls aborted while the client closes cause no unhandled rejection', async () => {
  await startFloodWait(60)
  const stop = new AbortController()
  const calls = Array.from({ length: 50 }, () =>
    telegram.fileChunk({ location, ...RANGE }, { signal: stop.signal }),
  )
  const settled = Promise.allSettled(calls)
  stop.abort(new Error('paused'))
  await telegram.close()
  expect((await settled).map(({ status }) => status)).toEqual(calls.map(() => 'rejected'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(unhandled).toEqual([])
})

test('a queued call is never sent after its deadline', async () => {
  await emulator.control.placeFault({
    kind: 'stall',
    delay_ms: 1_000,
    match: OF_FILES,
    count: PER_LINK,
  })
  const sent = Array.from({ length: PER_LINK }, () => telegram.fileChunk({ location, ...RANGE }))
  const queued = Array.from({ length: 20 }, () =>
    telegram.fileChunk({ location, ...RANGE }, { timeoutMs: 100 }),
  )
  for (const call of await Promise.allSettled(queued))
    expect(call).toMatchObject({ status: 'rejected', reason: expect.any(Timeout) })
  await Promise.all(sent)
  expect(await telegram.fileChunk({ location, ...RANGE })).toHaveLength(RANGE.limit)
  expect((await fileCalls()) - callsBefore).toBe(PER_LINK + 1)
})

test('an aborted call leaves the queue and is never sent', async () => {
  await startFloodWait(1)
  const stop = new AbortController()
  const dropped = Array.from({ length: 200 }, () =>
    telegram.fileChunk({ location, ...RANGE }, { signal: stop.signal }),
  )
  const settled = Promise.allSettled(dropped)
  stop.abort(new Error('given up'))
  await settled
  expect(await telegram.fileChunk({ location, ...RANGE })).toHaveLength(RANGE.limit)
  expect((await fileCalls()) - callsBefore).toBe(2)
})

test('a queued call whose deadline is before the end of a flood wait throws FloodWait at once', async () => {
  await startFloodWait(60)
  const waiting = telegram.fileChunk({ location, ...RANGE }, { timeoutMs: 30_000 })
  await expect(waiting).rejects.toMatchObject({ name: 'FloodWait', seconds: 60, ofAccount: true })
})

test('after FILE_MIGRATE, later calls for the same file go to the new data centre directly', async () => {
  const dcId = location.dcId === 2 ? 4 : 2
  await telegram.fileChunk({ location: { ...location, dcId }, ...RANGE })
  expect((await fileCalls()) - callsBefore).toBe(2)
  await telegram.fileChunk({ location: { ...location, dcId }, ...RANGE })
  expect((await fileCalls()) - callsBefore).toBe(3)
})
