import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { history, resolveChannel, type Telegram } from '../src/index.ts'
import { open, startDemoWorld } from './demo-world.ts'
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

async function channelOf(posts: number): Promise<string> {
  const { id } = await emulator.control.addChannel({ title: 'Changing' })
  await emulator.control.post({ channel_id: id, text: 'post {n}', count: posts })
  return String(id)
}

const historyCalls = () => emulator.control.callsOf('messages.getHistory')

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
      await emulator.control.delete(channelId, id).catch(() => undefined)
    }
    if (read.length < POSTS / 2) {
      await emulator.control.post({ channel_id: channelId, text: 'more', count: 20 })
    }
  }
  expect(read).toEqual([...new Set(read)].toSorted((a, b) => a - b))
  const truth = await emulator.control.messages(channelId)
  const missed = truth.filter(({ id }) => !read.includes(id))
  expect(missed).toEqual([])
})
