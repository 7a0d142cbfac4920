import { createHash } from 'node:crypto'
import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  connectTelegram,
  download,
  FileIncomplete,
  type MediaFile,
  type SignedIn,
  type Telegram,
  type TelegramConfig,
} from '../src/index.ts'
import { filePosts, open, startDemoWorld, type FilePost } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

let emulator: Emulator
let config: TelegramConfig
let login: SignedIn
let telegram: Telegram
let posts: FilePost[]
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
  login = await signInTestAccount(config)
  telegram = await open(config, login)
  posts = await filePosts(emulator, telegram)
})
afterAll(async () => {
  await telegram.close()
  await emulator.close()
})

const never = () => Promise.reject(new Error('no new location was expected'))

/** The smallest post whose file matches. */
function post(fits: (file: MediaFile) => boolean): FilePost {
  const [smallest] = posts
    .filter(({ file }) => fits(file))
    .toSorted((a, b) => a.file.size - b.file.size)
  if (!smallest) throw new Error('the demo has no such file')
  return smallest
}

const wholeOf = async (bytes: AsyncIterable<Uint8Array>) =>
  Buffer.concat(await Array.fromAsync(bytes, (chunk) => Buffer.from(chunk)))

async function sha256(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of bytes) hash.update(chunk)
  return hash.digest('hex')
}

describe('downloading a file', () => {
  test.each(['photo', 'document', 'video', 'voice'] as const)(
    'a %s is downloaded completely',
    async (kind) => {
      const { file, sha256: expected } = post((file) => file.kind === kind)
      expect(await sha256(download(telegram, file, { refresh: never }))).toBe(expected)
    },
  )

  test('a file of several chunks is downloaded completely, from any offset', async () => {
    const { file, sha256: expected } = post(({ size }) => size > 3 * 1024 * 1024)
    const bytes = await wholeOf(download(telegram, file, { refresh: never }))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(expected)
    for (const offset of [1, 512 * 1024, 1_000_001, file.size - 1, file.size]) {
      const rest = await wholeOf(download(telegram, file, { offset, refresh: never }))
      expect(rest.equals(bytes.subarray(offset))).toBe(true)
    }
  })

  test('a chunk’s memory is freed when the next chunk is read', async () => {
    const { file } = post(({ size }) => size > 3 * 1024 * 1024)
    const read: Uint8Array[] = []
    for await (const chunk of download(telegram, file, { refresh: never })) {
      expect(chunk.byteLength).toBeGreaterThan(0)
      for (const { buffer } of read) expect(buffer.byteLength).toBe(0)
      read.push(chunk)
    }
    expect(read.length).toBe(Math.ceil(file.size / (512 * 1024)))
  })

  test('a file of another data centre is downloaded, and that data centre’s auth key is stored', async () => {
    const reported: string[][] = []
    const { file, sha256: expected } = post(({ location }) => location.dcId !== login.auth.dcId)
    const own = await connectTelegram(config, {
      ...login,
      onAuthChanged: ({ keys }) => void reported.push(Object.keys(keys)),
    })
    expect(await sha256(download(own, file, { refresh: never }))).toBe(expected)
    expect(reported).toEqual([['2', '4']])
    await own.close()
  })

  test('a download follows FILE_MIGRATE to another data centre', async () => {
    const { file, sha256: expected } = post(({ location }) => location.dcId !== login.auth.dcId)
    const location = { ...file.location, dcId: login.auth.dcId }
    expect(await sha256(download(telegram, { ...file, location }, { refresh: never }))).toBe(
      expected,
    )
  })

  test('a file of another length than announced throws FileIncomplete', async () => {
    const { file } = post(({ kind }) => kind === 'document')
    for (const size of [file.size - 1, file.size + 1]) {
      const chunks = download(telegram, { ...file, size }, { refresh: never })
      await expect(Array.fromAsync(chunks)).rejects.toThrow(FileIncomplete)
    }
  })
})

test('a cached photo is read from its message, from any offset', async () => {
  const content = Buffer.from('a cached picture')
  const { file } = post(({ size }) => size > 0)
  const carried = {
    size: content.length,
    location: { ...file.location, content: content.toString('base64') },
  }
  const read = async (offset: number) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of download(telegram, carried, { offset, refresh: never }))
      chunks.push(Uint8Array.from(chunk))
    return Buffer.concat(chunks).toString()
  }
  expect(await read(0)).toBe('a cached picture')
  expect(await read(9)).toBe('picture')
})
