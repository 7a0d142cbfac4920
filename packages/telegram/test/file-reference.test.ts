import { createHash } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { download, FileReferenceExpired } from '../src/index.ts'
import { filePosts, open, startDemoWorld, type FilePost } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('a download with an expired file reference refreshes it once, and fails if the new one is refused too', async () => {
  const { emulator, config } = await startDemoWorld()
  const login = await signInTestAccount(config)
  const earlier = await open(config, login)
  const posts = await filePosts(emulator, earlier)
  await earlier.close()
  const { channel, message, file, sha256 } = smallest(
    posts.filter(({ file }) => file.size > 3 * 1024 * 1024),
  )

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + A_DAY_AND_MORE_MS })
  const telegram = await open(config, login)
  const chunk = telegram.fileChunk({ location: file.location, offset: 0, limit: 4096 })
  await expect(chunk).rejects.toThrow(FileReferenceExpired)
  const refresh = vi.fn(async () => {
    const [current] = await telegram.messagesById({ channel, ids: [message.id] })
    return current?.media?.location ?? file.location
  })
  const hash = createHash('sha256')
  for await (const bytes of download(telegram, file, { refresh })) hash.update(bytes)
  expect(hash.digest('hex')).toBe(sha256)
  expect(refresh).toHaveBeenCalledTimes(1)

  const refused = download(telegram, file, { refresh: async () => file.location })
  await expect(Array.fromAsync(refused)).rejects.toThrow(FileReferenceExpired)
  await telegram.close()
  await emulator.close()
})

/** The emulator's file references are valid for a day. */
const A_DAY_AND_MORE_MS = 26 * 3_600_000

function smallest(posts: readonly FilePost[]): FilePost {
  const [first] = posts.toSorted((a, b) => a.file.size - b.file.size)
  if (!first) throw new Error('the demo has no such file')
  return first
}
