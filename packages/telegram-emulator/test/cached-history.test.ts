import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import type { Api } from 'telegram/tl/index.js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { post } from './control.ts'
import { connect, signIn } from './gramjs.ts'
import { smallChannel } from './small-channel.ts'

const CHANNEL = 9501n
const IDS = Array.from({ length: 60 }, (_, index) => index + 1)

let emulator: OpenEmulator
let client: TelegramClient

beforeEach(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  place('first')
  client = await connect(emulator)
  await signIn(client, '+9996621001')
})

afterEach(async () => {
  await client.destroy()
  await emulator.close()
})

function place(title: string): void {
  const channel = smallChannel({ id: CHANNEL, title, username: 'read_often', ids: IDS })
  emulator.world.channels.replace(channel)
}

async function history(reader = client): Promise<Api.Message[]> {
  return Array.from(await reader.getMessages('read_often', { limit: 100 }))
}

function texts(messages: readonly Api.Message[]): string[] {
  return messages.map(({ id, message }) => `${id} ${message}`)
}

async function change(
  method: 'PATCH' | 'DELETE',
  id: number | string,
  body?: object,
): Promise<void> {
  const response = await fetch(`${emulator.controlUrl}/messages/${CHANNEL}/${id}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  expect(response.ok).toBe(true)
}

test('a second reader gets the same messages as the first', async () => {
  const first = texts(await history())
  expect(first).toHaveLength(60)
  expect(texts(await history())).toEqual(first)
  const other = await connect(emulator)
  await signIn(other, '+9996622222')
  expect(texts(await history(other))).toEqual(first)
  await other.destroy()
})

test('edits, deletions and new posts are visible at once', async () => {
  await history()
  await change('PATCH', 30, { text: 'edited' })
  await change('DELETE', 31)
  const { id } = await post(emulator, { channel_id: Number(CHANNEL), text: 'new' })
  const after = texts(await history())
  expect(after).toHaveLength(60)
  expect(after).toContain('30 edited')
  expect(after[0]).toBe(`${id} new`)
  expect(after.some((text) => text.startsWith('31 '))).toBe(false)
})

test('an edit replaces media, and counters are not an edit', async () => {
  const before = (await history()).find(({ id }) => id === 20)
  await change('PATCH', 20, { text: 'new file', media: { kind: 'document', size: 5000 } })
  await change('PATCH', '21/counters', { views: 77, forwards: 5, reactions: { '👍': 3 } })
  const after = await history()
  const edited = after.find(({ id }) => id === 20)
  expect(String(edited?.document?.id)).not.toBe(String(before?.document?.id))
  expect(Number(edited?.document?.size)).toBe(5000)
  const bytes = edited && (await client.downloadMedia(edited))
  expect(bytes).toHaveLength(5000)
  const counted = after.find(({ id }) => id === 21)
  expect(counted).toMatchObject({ views: 77, forwards: 5 })
  expect(counted?.reactions?.results).toMatchObject([{ count: 3 }])
  expect(counted?.editDate).toBeFalsy()
})

test('references are renewed after the old ones expired', async () => {
  const file = async (): Promise<Api.Document> => {
    const found = (await history()).find(({ id }) => id === 10)
    return found?.document as Api.Document
  }
  const before = await file()
  emulator.world.fileReferences.expireAll()
  const after = await file()
  expect(after.fileReference).not.toEqual(before.fileReference)
  expect(String(after.id)).toBe(String(before.id))
})

test('a channel that replaces another has its own messages', async () => {
  const before = await history()
  const blueprint = smallChannel({
    id: CHANNEL,
    title: 'second',
    username: 'read_often',
    ids: IDS,
    createdAt: 1_600_000_000,
  })
  emulator.world.channels.replace(blueprint)
  const after = await history()
  expect(after.map(({ date }) => date)).not.toEqual(before.map(({ date }) => date))
})
