import { createHash } from 'node:crypto'
import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { messagesOf } from './control.ts'
import { connect, signIn, WHOLE_HISTORY } from './gramjs.ts'

let emulator: OpenEmulator
let client: TelegramClient

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
  client = await connect(emulator)
  await signIn(client, '+9996621001')
  // GramJS resolves peers by id only after it has received them.
  await client.getDialogs({})
})

afterAll(async () => {
  await client.destroy()
  await emulator.close()
})

test('every history can be read completely', async () => {
  for (const channel of emulator.world.channels.all()) {
    const seen: number[] = []
    for await (const message of client.iterMessages(`-100${channel.id}`, {
      limit: WHOLE_HISTORY,
    })) {
      seen.push(message.id)
      expect(message.message ?? '').toBe(channel.get(message.id)?.tl['message'] ?? '')
    }
    expect(seen).toEqual([...channel.idsFrom(1)].toReversed())
  }
})

test('the first channel is public, first in the dialogs, and has content of every kind', async () => {
  const [dialog] = await client.getDialogs({})
  const channel = dialog?.entity as Api.Channel
  expect(channel.username).toBeTruthy()
  const messages = await messagesOf(emulator, BigInt(String(channel.id)))
  const files = messages.flatMap(({ media }) => (media === null ? [] : [media]))
  expect(messages.length).toBeGreaterThanOrEqual(200)
  expect(files.length).toBeGreaterThanOrEqual(20)
  expect(Math.max(...files.map(({ size }) => size))).toBeLessThanOrEqual(20 * 2 ** 20)
  for (const extension of ['pdf', 'zip']) {
    expect(files.some(({ name }) => name?.endsWith(`.${extension}`))).toBe(true)
  }
})

test('its downloaded files have the hashes of the control API', async () => {
  const [channel] = emulator.world.channels.all()
  const truth = (await messagesOf(emulator, channel?.id ?? 0n)).filter(
    ({ media }) => media !== null,
  )
  const smallest = truth.toSorted((a, b) => (a.media?.size ?? 0) - (b.media?.size ?? 0)).slice(0, 8)
  for (const { id, media } of smallest) {
    const [message] = await client.getMessages(`-100${channel?.id}`, { ids: [id] })
    const bytes = (await client.downloadMedia(message as Api.Message)) as Buffer
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(media?.sha256)
  }
})

test('messages come with the peers that they name', async () => {
  const { channels } = emulator.world
  for (const channel of channels.all()) {
    const page = await client.invoke(
      new Api.messages.GetHistory({ peer: `-100${channel.id}`, limit: 100 }),
    )
    const { messages, users, chats } = page as Api.messages.ChannelMessages
    const known = new Set([...users, ...chats].map(({ id }) => String(id)))
    for (const message of messages) {
      if (!(message instanceof Api.Message)) continue
      for (const peer of [message.fromId, message.fwdFrom?.fromId]) {
        if (peer instanceof Api.PeerUser) expect(known).toContain(String(peer.userId))
        if (peer instanceof Api.PeerChannel) expect(known).toContain(String(peer.channelId))
      }
    }
  }
})
