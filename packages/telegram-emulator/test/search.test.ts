import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listHash } from '../src/rpc/list-hash.ts'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { post } from './control.ts'
import { connect, signIn } from './gramjs.ts'

const CHANNEL = 9001
const TEXTS = [
  'Первый СНЕГ выпал',
  'снежный день',
  '今天下雪了 大家好',
  'Straße in Bern',
  'nothing',
]

let emulator: OpenEmulator
let client: TelegramClient

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  const body = JSON.stringify({ id: CHANNEL, title: 'Snow report', username: 'snow_report' })
  await fetch(`${emulator.controlUrl}/channels`, { method: 'POST', body })
  for (const text of TEXTS) await post(emulator, { channel_id: CHANNEL, text })
  await postFile('photo')
  await postFile('video')
  await postFile('document', 'Schneehöhe.pdf')
  await post(emulator, {
    channel_id: CHANNEL,
    text: 'see example.org',
    entities: [{ type: 'url', offset: 4, length: 11 }],
  })
  client = await connect(emulator)
  await signIn(client, '+9996621001')
})

afterAll(async () => {
  await client.destroy()
  await emulator.close()
})

async function postFile(kind: string, name?: string): Promise<void> {
  await post(emulator, {
    channel_id: CHANNEL,
    media: { kind, size: 5000, ...(name !== undefined && { name }) },
  })
}

async function found(query: string, rest: object = {}): Promise<(string | undefined)[]> {
  const messages = await client.getMessages('snow_report', { search: query, limit: 50, ...rest })
  return Array.from(messages, ({ id }) => TEXTS[id - 1] ?? `#${id}`)
}

describe('in one channel', () => {
  test.each([
    ['снег', ['Первый СНЕГ выпал']],
    ['СНЕ', ['снежный день', 'Первый СНЕГ выпал']],
    ['下雪', ['今天下雪了 大家好']],
    ['大家 今天', ['今天下雪了 大家好']],
    ['bern STRASSE', []],
    ['bern straße', ['Straße in Bern']],
    ['schneehöhe', ['#8']],
    ['schneeho\u0308he', ['#8']],
    ['', ['#9', '#8', '#7', '#6', ...TEXTS.toReversed()]],
  ])('%s', async (query, expected) => {
    expect(await found(query)).toEqual(expected)
  })

  test.each([
    [new Api.InputMessagesFilterPhotos(), ['#6']],
    [new Api.InputMessagesFilterVideo(), ['#7']],
    [new Api.InputMessagesFilterPhotoVideo(), ['#7', '#6']],
    [new Api.InputMessagesFilterDocument(), ['#8']],
    [new Api.InputMessagesFilterUrl(), ['#9']],
    [new Api.InputMessagesFilterVoice(), []],
  ])('%o', async (filter, expected) => {
    expect(await found('', { filter })).toEqual(expected)
  })

  test('in pages, with the total count', async () => {
    const all = await found('')
    const pages: (string | undefined)[] = []
    let offsetId = 0
    for (;;) {
      const page = await client.getMessages('snow_report', { search: ' ', limit: 4, offsetId })
      expect(page.total).toBe(9)
      if (page.length === 0) break
      pages.push(...Array.from(page, ({ id }) => TEXTS[id - 1] ?? `#${id}`))
      offsetId = page.at(-1)?.id ?? 0
    }
    expect(pages).toEqual(all)
  })

  test('once, for a client that sends its hash', async () => {
    const request = {
      peer: 'snow_report',
      q: '',
      filter: new Api.InputMessagesFilterEmpty(),
      minDate: 0,
      maxDate: 0,
      offsetId: 0,
      addOffset: 0,
      limit: 2,
      maxId: 0,
      minId: 0,
    }
    const search = (hash: bigint) =>
      client.invoke(new Api.messages.Search({ ...request, hash: returnBigInt(hash) }))
    const { messages, count } = (await search(0n)) as Api.messages.ChannelMessages
    const hash = listHash(messages.map(({ id }) => id))
    expect(await search(hash)).toMatchObject({ className: 'messages.MessagesNotModified', count })
    expect(await search(hash + 1n)).toBeInstanceOf(Api.messages.ChannelMessages)
  })

  test('new posts are found', async () => {
    expect(await found('unheard')).toEqual([])
    const { id } = await post(emulator, { channel_id: CHANNEL, text: 'UNHEARD of' })
    expect(await found('unheard')).toEqual([`#${id}`])
  })

  test('between two dates, neither of them included', async () => {
    const [first] = await client.getMessages('snow_report', { ids: [1] })
    const date = first?.date ?? 0
    const search = (minDate: number, maxDate: number) =>
      client.invoke(
        new Api.messages.Search({
          peer: 'snow_report',
          q: 'снег',
          filter: new Api.InputMessagesFilterEmpty(),
          minDate,
          maxDate,
          limit: 5,
        }),
      )
    const count = async (minDate: number, maxDate: number) =>
      ((await search(minDate, maxDate)) as Api.messages.ChannelMessages).count
    expect(await count(date - 1, date + 1)).toBe(1)
    expect(await count(date, 0)).toBe(0)
    expect(await count(0, date)).toBe(0)
  })
})

test('in all dialogs, newest first', async () => {
  const messages = await client.getMessages(undefined, { search: 'sne', limit: 9 })
  expect(messages).toHaveLength(0)
  const some = await client.getMessages(undefined, { search: 'день', limit: 9 })
  expect(Array.from(some, ({ id }) => id)).toEqual([2])
  await expect(
    client.invoke(
      new Api.messages.SearchGlobal({
        q: '',
        filter: new Api.InputMessagesFilterEmpty(),
        offsetPeer: new Api.InputPeerEmpty(),
        limit: 5,
      }),
    ),
  ).rejects.toMatchObject({ errorMessage: 'SEARCH_QUERY_EMPTY' })
})

describe('people and channels', () => {
  test('by name or username', async () => {
    const byTitle = await client.invoke(new Api.contacts.Search({ q: 'rep', limit: 5 }))
    expect(byTitle.myResults).toMatchObject([{ className: 'PeerChannel' }])
    const other = await connect(emulator)
    const user = await signIn(other, '+9996627777')
    const byUsername = await client.invoke(
      new Api.contacts.Search({ q: `@${user.username}`, limit: 5 }),
    )
    expect(byUsername.results.map((peer) => String((peer as Api.PeerUser).userId))).toEqual([
      String(user.id),
    ])
    await other.destroy()
  })
})
