import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  channels,
  history,
  type Channel,
  type Message,
  type Telegram,
  type TelegramConfig,
} from '../src/index.ts'
import { open, startDemoWorld } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

let emulator: Emulator
let config: TelegramConfig
let telegram: Telegram
let found: { channel: Channel; messages: Message[] }[]
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
  telegram = await open(config, await signInTestAccount(config))
  found = []
  for await (const channel of channels(telegram)) {
    const pages = await Array.fromAsync(history(telegram, channel, { afterId: 0 }))
    found.push({ channel, messages: pages.flat() })
  }
})
afterAll(async () => {
  await telegram.close()
  await emulator.close()
})

const all = () => found.flatMap(({ messages }) => messages)

/** The channels with the smallest files: the emulator hashes all files of a channel to list its messages. */
function smallestChannels(count: number) {
  const bytes = (messages: readonly Message[]) =>
    messages.reduce((sum, { media }) => sum + (media?.size ?? 0), 0)
  return found.toSorted((a, b) => bytes(a.messages) - bytes(b.messages)).slice(0, count)
}

describe('the history of a channel', () => {
  test('the history of every channel has all messages of the emulator', async () => {
    const truth = await emulator.control.channels()
    expect(found).toHaveLength(truth.length)
    for (const { id, messages: count, top_message_id: top } of truth) {
      const messages = found.find(({ channel }) => channel.id === String(id))?.messages
      expect(messages).toHaveLength(count)
      expect(messages?.at(-1)?.id).toBe(top)
    }
  })

  test('ids, dates, texts and files of the history are those of the emulator', async () => {
    for (const { channel, messages } of smallestChannels(3)) {
      const read = messages.map(({ id, date, text, media }) => ({
        id,
        date,
        text,
        media: media && { kind: media.kind, name: media.name, size: media.size },
      }))
      const truth = await emulator.control.messages(channel.id)
      expect(read).toEqual(
        truth.map(({ media, ...message }) => ({
          ...message,
          media: media && { kind: media.kind, name: media.name, size: media.size },
        })),
      )
    }
  })

  test('the history has messages of the usual kinds, and their files are of the same kind', () => {
    const kinds = new Set(all().map(({ kind }) => kind))
    expect([...kinds]).toEqual(
      expect.arrayContaining(['text', 'photo', 'video', 'voice', 'document', 'poll', 'service']),
    )
    for (const message of all()) {
      if (message.media) expect(message.kind).toBe(message.media.kind)
      expect(message.raw['_']).toBe(message.kind === 'service' ? 'messageService' : 'message')
      expect(message.authorId).toMatch(/^-?\d+$/)
    }
  })

  test('messages have entities, replies, forwards, albums, edits, views and reactions', () => {
    const some = (has: (message: Message) => boolean) => all().some(has)
    expect(some(({ entities }) => entities.some(({ type }) => type === 'bold'))).toBe(true)
    expect(some(({ entities }) => entities.some(({ url }) => typeof url === 'string'))).toBe(true)
    expect(some(({ replyToId }) => replyToId !== null)).toBe(true)
    expect(some(({ forward }) => forward?.fromName != null)).toBe(true)
    expect(some(({ groupedId }) => groupedId !== null)).toBe(true)
    expect(some(({ editDate }) => editDate !== null)).toBe(true)
    expect(some(({ views }) => (views ?? 0) > 0)).toBe(true)
    expect(some(({ reactions }) => reactions.length > 0)).toBe(true)
    expect(some(({ authorName }) => authorName !== null)).toBe(true)
  })

  test('messages are plain JSON', () => {
    expect(JSON.parse(JSON.stringify(all()))).toEqual(all())
  })

  test('reading resumes after any message', async () => {
    const [first] = found
    if (!first) throw new Error('the demo has no channel')
    const afterId = first.messages[149]?.id ?? 0
    const pages = await Array.fromAsync(history(telegram, first.channel, { afterId }))
    expect(pages.flat()).toEqual(first.messages.slice(150))
  })

  test('reading ends with the reason of an aborted signal', async () => {
    const [first] = found
    if (!first) throw new Error('the demo has no channel')
    const stop = new AbortController()
    const pages = history(telegram, first.channel, { afterId: 0, signal: stop.signal })
    await pages.next()
    stop.abort(new Error('enough'))
    await expect(pages.next()).rejects.toThrow('enough')
  })
})
