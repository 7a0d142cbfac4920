import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { connect, signIn, WHOLE_HISTORY } from './gramjs.ts'
import { messagesOf, post } from './control.ts'
import { inputChannel } from './input-channel.ts'
import { smallChannel } from './small-channel.ts'

const PHONE = '+9996621001'
const GAPPED_IDS = Array.from({ length: 250 }, (_, index) => index + 1).filter((id) => id % 7 !== 0)

let emulator: OpenEmulator
let client: TelegramClient

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  const { channels } = emulator.world
  const pinned = channels.add(
    smallChannel({
      id: 5001n,
      title: 'First',
      username: 'first_news',
      ids: [1, 2],
      createdAt: 1_500_000_000,
    }),
  )
  channels.pin(pinned)
  channels.add(
    smallChannel({ id: 5002n, title: 'Gapped', username: 'Gapped_News', ids: GAPPED_IDS }),
  )
  channels.add(smallChannel({ id: 5003n, title: 'Private', username: null, ids: [1, 2, 3] }))
  for (let index = 0; index < 120; index += 1) {
    const ids = Array.from({ length: 3 + (index % 40) }, (_, position) => position + 1)
    // Dates in an order different from those of channel ids and message ids.
    const createdAt = 1_600_000_000 + ((index * 37) % 60) * 1000
    channels.add(
      smallChannel({
        id: 6000n + BigInt(index),
        title: `Many ${index}`,
        username: null,
        ids,
        createdAt,
      }),
    )
  }
  client = await connect(emulator)
  await signIn(client, PHONE)
})

afterAll(async () => {
  await client.destroy()
  await emulator.close()
})

describe('dialogs', () => {
  test('come once each over several pages, the pinned one first, then the newest', async () => {
    const dialogs = await client.getDialogs({})
    expect(dialogs).toHaveLength(123)
    expect(new Set(dialogs.map(({ id }) => String(id))).size).toBe(123)
    expect(dialogs[0]?.title).toBe('First')
    expect(dialogs[0]?.pinned).toBe(true)
    const dates = Array.from(dialogs.slice(1), ({ date }) => date)
    expect(dates).toEqual(dates.toSorted((a, b) => b - a))
  })

  test('are paged without repetitions', async () => {
    const peers: string[] = []
    for (let page = await dialogsPage(50, {}); page.dialogs.length > 0;) {
      peers.push(...page.chats.map(({ id }) => String(id)))
      const last = page.messages.at(-1) as Api.Message
      const chat = page.chats.at(-1) as Api.Channel
      page = await dialogsPage(50, {
        offsetId: last.id,
        offsetDate: last.date,
        offsetPeer: new Api.InputPeerChannel({
          channelId: chat.id,
          accessHash: chat.accessHash ?? returnBigInt(0),
        }),
      })
    }
    expect(peers).toHaveLength(123)
    expect(new Set(peers).size).toBe(123)
  })

  test('include their top messages and chats', async () => {
    const page = await dialogsPage(5, {})
    expect(page.count).toBe(123)
    expect(page.messages.map(({ id }) => id)).toEqual(
      page.dialogs.map((dialog) => (dialog as Api.Dialog).topMessage),
    )
    expect(page.chats).toHaveLength(5)
  })

  test('can be requested by peer, and the pinned ones separately', async () => {
    const pinned = await client.invoke(new Api.messages.GetPinnedDialogs({ folderId: 0 }))
    expect(pinned.chats.map((chat) => (chat as Api.Channel).title)).toEqual(['First'])
    const peer = new Api.InputDialogPeer({ peer: await client.getInputEntity('gapped_news') })
    const response = await client.invoke(new Api.messages.GetPeerDialogs({ peers: [peer] }))
    expect(response.messages.map(({ id }) => id)).toEqual([250])
    const archive = await client.invoke(
      new Api.messages.GetDialogs({
        folderId: 1,
        offsetPeer: new Api.InputPeerEmpty(),
        limit: 10,
        hash: returnBigInt(0),
      }),
    )
    expect((archive as Api.messages.Dialogs).dialogs).toEqual([])
  })

  test('come in one page when they fit', async () => {
    const other = await connect(emulator)
    await signIn(other, '+9996624321')
    for (const { entity } of await other.getDialogs({})) {
      if (entity?.className === 'Channel' && entity.title.startsWith('Many')) {
        await other.invoke(new Api.channels.LeaveChannel({ channel: entity }))
      }
    }
    const page = await other.invoke(
      new Api.messages.GetDialogs({
        offsetPeer: new Api.InputPeerEmpty(),
        limit: 100,
        hash: returnBigInt(0),
      }),
    )
    expect(page).toBeInstanceOf(Api.messages.Dialogs)
    await other.destroy()
  })

  async function dialogsPage(
    limit: number,
    offset: Partial<Api.messages.GetDialogs>,
  ): Promise<Api.messages.DialogsSlice> {
    return (await client.invoke(
      new Api.messages.GetDialogs({
        offsetPeer: new Api.InputPeerEmpty(),
        hash: returnBigInt(0),
        limit,
        ...offset,
      }),
    )) as Api.messages.DialogsSlice
  }
})

describe('a username', () => {
  test.each(['gapped_news', 'GAPPED_NEWS'])('finds its channel: %s', async (username) => {
    const found = await client.invoke(new Api.contacts.ResolveUsername({ username }))
    expect((found.chats[0] as Api.Channel).title).toBe('Gapped')
  })

  test('finds accounts', async () => {
    const me = await client.getMe()
    const found = await client.invoke(
      new Api.contacts.ResolveUsername({ username: me.username ?? '' }),
    )
    expect((found.users[0] as Api.User).self).toBe(true)
  })

  test.each([
    ['nobody_here', 'USERNAME_NOT_OCCUPIED'],
    ['no spaces', 'USERNAME_INVALID'],
    ['', 'USERNAME_INVALID'],
  ])('%j is refused: %s', async (username, errorMessage) => {
    await expect(
      client.invoke(new Api.contacts.ResolveUsername({ username })),
    ).rejects.toMatchObject({ errorMessage })
  })
})

describe('history', () => {
  test.each([
    ['backward', false],
    ['forward', true],
  ])('read %s is what the control API tells', async (_name, reverse) => {
    const seen: { id: number; date: string; text: string }[] = []
    for await (const message of client.iterMessages('gapped_news', {
      reverse,
      limit: WHOLE_HISTORY,
    })) {
      seen.push({
        id: message.id,
        date: new Date(message.date * 1000).toISOString(),
        text: message.message ?? '',
      })
    }
    const truth = (await messagesOf(emulator, 5002n)).map(({ id, date, text }) => ({
      id,
      date,
      text,
    }))
    expect(truth).toHaveLength(GAPPED_IDS.length)
    expect(seen).toEqual(reverse ? truth : truth.toReversed())
  })

  test('states the total and has at most a hundred messages per page', async () => {
    const page = await history({ limit: 1000 })
    expect(page.count).toBe(GAPPED_IDS.length)
    expect(page.messages).toHaveLength(100)
    expect((page.chats[0] as Api.Channel).username).toBe('Gapped_News')
  })

  test('is not sent again to a client that has it', async () => {
    // The documented hash algorithm, by hand, for the ids 2 and 1.
    const hash = returnBigInt(2 + 2 * 2 ** 35 + 2 * 2 ** 31 + 1)
    const page = await history({ offsetId: 3, hash })
    expect(page).toBeInstanceOf(Api.messages.MessagesNotModified)
    expect(page.count).toBe(GAPPED_IDS.length)
  })

  test('includes new posts', async () => {
    const { id } = await post(emulator, {
      channel_id: -1000000005001,
      text: 'bold news',
      entities: [{ type: 'bold', offset: 0, length: 4 }],
    })
    expect(id).toBe(3)
    const [message] = await client.getMessages('first_news', { limit: 1 })
    expect(message?.message).toBe('bold news')
    expect(message?.entities?.[0]).toBeInstanceOf(Api.MessageEntityBold)
    const truth = await messagesOf(emulator, 5001n)
    expect(truth.map((item) => item.id)).toEqual([1, 2, 3])
  })

  async function history(
    params: Partial<Api.messages.GetHistory>,
  ): Promise<Api.messages.ChannelMessages> {
    return (await client.invoke(
      new Api.messages.GetHistory({ peer: 'gapped_news', ...params }),
    )) as Api.messages.ChannelMessages
  }
})

test('messages by id: in the requested order, absent ones empty', async () => {
  const messages = await client.invoke(
    new Api.channels.GetMessages({
      channel: 'gapped_news',
      id: [20, 7, 8].map((id) => new Api.InputMessageID({ id })),
    }),
  )
  const found = (messages as Api.messages.ChannelMessages).messages
  expect(found.map(({ className, id }) => [className, id])).toEqual([
    ['Message', 20],
    ['MessageEmpty', 7],
    ['Message', 8],
  ])
})

describe('a channel', () => {
  test('has a full description', async () => {
    const full = await client.invoke(new Api.channels.GetFullChannel({ channel: 'gapped_news' }))
    expect((full.fullChat as Api.ChannelFull).participantsCount).toBe(30)
  })

  test('that is private is closed to former members', async () => {
    const channel = inputChannel(PHONE, 5003)
    const ask = () => client.invoke(new Api.channels.GetChannels({ id: [channel] }))
    await expect(ask()).resolves.toBeInstanceOf(Api.messages.Chats)
    await client.invoke(new Api.channels.LeaveChannel({ channel }))
    await expect(ask()).rejects.toMatchObject({ errorMessage: 'CHANNEL_PRIVATE' })
  })

  test('that is public can be read without joining', async () => {
    await client.invoke(new Api.channels.LeaveChannel({ channel: 'gapped_news' }))
    const messages = await client.getMessages('gapped_news', { limit: 1 })
    expect(messages).toHaveLength(1)
    await client.invoke(new Api.channels.JoinChannel({ channel: 'gapped_news' }))
  })

  test('is not found under a wrong access hash', async () => {
    const channel = new Api.InputChannel({
      channelId: returnBigInt(5002n),
      accessHash: returnBigInt(1),
    })
    await expect(client.invoke(new Api.channels.GetFullChannel({ channel }))).rejects.toMatchObject(
      { errorMessage: 'CHANNEL_INVALID' },
    )
  })
})
