import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { history, resolveChannel, type Telegram } from '../src/index.ts'
import { keyStatistics, open, startDemoWorld, trueMessages } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

const POSTS = 1250

let emulator: Emulator
let telegram: Telegram
beforeAll(async () => {
  const { emulator: started, config } = await startDemoWorld()
  emulator = started
  telegram = await open(config, await signInTestAccount(config))
})
afterAll(async () => {
  await telegram.close()
  await emulator.close()
})

async function control(method: string, path: string, body: object): Promise<{ id: number }> {
  const options = { method, body: JSON.stringify(body) }
  const response = await fetch(emulator.controlUrl + path, options)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { id: number }
}

async function channelOf(posts: number): Promise<string> {
  const { id } = await control('POST', '/channels', { title: 'Changing' })
  await control('POST', '/messages', { channel_id: id, text: 'post {n}', count: posts })
  return String(id)
}

async function historyCalls(): Promise<number> {
  const statistics = await keyStatistics(emulator)
  return statistics.reduce((sum, { rpcs }) => sum + (rpcs['messages.getHistory'] ?? 0), 0)
}

test('requesting pages ahead needs no additional calls', async () => {
  const channel = await resolveChannel(telegram, await channelOf(POSTS))
  const before = await historyCalls()
  const pages = await Array.fromAsync(history(telegram, channel, { afterId: 0 }))
  expect(pages.flat()).toHaveLength(POSTS)
  expect((await historyCalls()) - before).toBeLessThanOrEqual(Math.ceil(POSTS / 99) + 2)
})

test('no message is missed or read twice when others are deleted and posted during the reading', async () => {
  const channelId = await channelOf(POSTS)
  const channel = await resolveChannel(telegram, channelId)
  const read: number[] = []
  for await (const page of history(telegram, channel, { afterId: 0 })) {
    read.push(...page.map(({ id }) => id))
    const last = read.at(-1) ?? 0
    // Delete messages of the page just read and of the pages requested ahead.
    for (const id of [last, last + 1, last + 110, last + 120, last + 130]) {
      await control('DELETE', `/messages/${channelId}/${id}`, {}).catch(() => undefined)
    }
    if (read.length < POSTS / 2) {
      await control('POST', '/messages', { channel_id: channelId, text: 'more', count: 20 })
    }
  }
  expect(read).toEqual([...new Set(read)].toSorted((a, b) => a - b))
  const truth = await trueMessages(emulator, channelId)
  const missed = truth.filter(({ id }) => !read.includes(id))
  expect(missed).toEqual([])
})
