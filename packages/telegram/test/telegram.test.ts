import type { Emulator } from '@telegather/telegram-emulator'
import type { ChannelDescription } from '@telegather/telegram-emulator/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  channels,
  markedChannelId,
  PeerNotFound,
  resolveChannel,
  SessionRevoked,
  type Channel,
  type Telegram,
  type TelegramConfig,
} from '../src/index.ts'
import { open, startDemoWorld } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

let emulator: Emulator
let config: TelegramConfig
let telegram: Telegram
let mine: Channel[]
let truth: Map<string, ChannelDescription>
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
  telegram = await open(config, await signInTestAccount(config))
  mine = await Array.fromAsync(channels(telegram))
  truth = new Map(
    (await emulator.control.channels()).map((channel) => [String(channel.id), channel]),
  )
})
afterAll(async () => {
  await telegram.close()
  await emulator.close()
})

function publicChannel(): Channel & { username: string } {
  for (const { username, ...rest } of mine) if (username !== null) return { username, ...rest }
  throw new Error('the demo has no public channel')
}

function privateChannel(): Channel {
  const channel = mine.find(({ isPrivate }) => isPrivate)
  if (!channel) throw new Error('the demo has no private channel')
  return channel
}

describe('channels', () => {
  test('channels have title, username, kind and membership of the emulator', () => {
    expect(mine.length).toBeGreaterThan(5)
    for (const channel of mine) {
      const known = truth.get(channel.id)
      expect(channel).toMatchObject({
        title: known?.title,
        username: known?.username,
        isPrivate: known?.username === null,
        isBroadcast: known?.kind === 'broadcast',
        isMegagroup: known?.kind === 'supergroup',
        isMember: true,
      })
      expect(channel.accessHash).toMatch(/^-?\d+$/)
    }
  })

  test('the pages of dialogs contain every channel once', async () => {
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const page = await telegram.dialogs({ cursor, limit: 3 })
      ids.push(...page.channels.map(({ id }) => id))
      ;({ cursor } = page)
    } while (cursor !== null)
    expect(ids.toSorted()).toEqual(mine.map(({ id }) => id).toSorted())
  })

  test.each([
    ['a name', (channel: Channel & { username: string }) => `@${channel.username}`],
    ['a link', (channel: Channel & { username: string }) => `https://t.me/${channel.username}/3`],
    ['a bare id', (channel: Channel) => channel.id],
    ['a marked id', (channel: Channel) => markedChannelId(channel.id)],
  ])('a channel is found by %s', async (_, identifierOf) => {
    const channel = publicChannel()
    expect(await resolveChannel(telegram, identifierOf(channel))).toMatchObject({
      id: channel.id,
      accessHash: channel.accessHash,
    })
  })

  test('a private channel is found by its id', async () => {
    const channel = privateChannel()
    expect(await resolveChannel(telegram, channel.id)).toEqual(channel)
    expect(await telegram.channel({ channel })).toEqual(channel)
  })

  test.each(['@nobody_has_this_name', '123', 'https://example.com', 'durov!'])(
    'the unknown channel %s throws PeerNotFound',
    async (identifier) => {
      await expect(resolveChannel(telegram, identifier)).rejects.toThrow(PeerNotFound)
    },
  )

  test('a wrong access hash throws PeerNotFound', async () => {
    const ref = { id: privateChannel().id, accessHash: '1' }
    await expect(telegram.channel({ channel: ref })).rejects.toThrow(PeerNotFound)
    await expect(telegram.historyPage({ channel: ref, afterId: 0 })).rejects.toThrow(PeerNotFound)
  })

  test('channelInfo returns the description and the number of participants', async () => {
    for (const channel of mine.slice(0, 3)) {
      const info = await telegram.channelInfo({ chat: channel })
      expect(info.participantsCount).toBe(truth.get(channel.id)?.participants)
      expect(info.about).toMatch(/./)
    }
  })
})

describe('history', () => {
  test('a history page has the next messages after any id, oldest first, and is empty at the end', async () => {
    const channel = publicChannel()
    const ids = (await emulator.control.messages(channel.id)).map(({ id }) => id)
    const top = ids.at(-1) ?? 0
    const middle = ids[Math.floor(ids.length / 2)] ?? 0
    for (const afterId of [0, 1, middle, (ids.at(-2) ?? 0) - 1, top - 1, top, top + 1000]) {
      for (const limit of [1, 7, 100]) {
        const page = await telegram.historyPage({ channel, afterId, limit })
        expect(page.messages.map(({ id }) => id)).toEqual(
          ids.filter((id) => id > afterId).slice(0, limit),
        )
        expect(page.totalCount).toBe(ids.length)
      }
    }
  })

  test('messagesById leaves out ids that do not exist', async () => {
    const channel = publicChannel()
    const [first, second] = (await telegram.historyPage({ channel, afterId: 0 })).messages
    const found = await telegram.messagesById({
      channel,
      ids: [first?.id ?? 0, 2_000_000, second?.id ?? 0],
    })
    expect(found).toEqual([first, second])
  })
})

describe('a signed-out login', () => {
  test('after SessionRevoked every call fails without being sent', async () => {
    const login = await signInTestAccount(config, '+9996621020')
    const ended = await open(config, login)
    const other = await open(config, login)
    await ended.logOut()
    for (const telegram of [ended, other]) {
      await expect(telegram.me()).rejects.toThrow(SessionRevoked)
      const calls = await callsMade()
      await expect(telegram.me()).rejects.toThrow(SessionRevoked)
      await expect(telegram.dialogs({ cursor: null })).rejects.toThrow(SessionRevoked)
      expect(await callsMade()).toBe(calls)
      await telegram.close()
    }
  })
})

/** Number of calls of all clients of this emulator. */
async function callsMade(): Promise<number> {
  const counts = (await emulator.control.stats()).flatMap(({ rpcs }) => Object.values(rpcs))
  return counts.reduce((sum, count) => sum + count, 0)
}

test('a call after close throws', async () => {
  const closed = await open(config, await signInTestAccount(config, '+9996621021'))
  await closed.close()
  await expect(closed.me()).rejects.toThrow('closed')
  await closed.close()
})
