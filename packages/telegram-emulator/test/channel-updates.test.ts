import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { control, post } from './control.ts'
import { inputChannel } from './input-channel.ts'
import { smallChannel } from './small-channel.ts'
import {
  EMIL,
  NORA,
  nextRandomId,
  twoAccounts,
  type Correspondent,
  type TwoAccounts,
} from './two-accounts.ts'

/** With Nora's access hash. */
const NEWS = inputChannel(NORA, 7001)
const GROUP = inputChannel(NORA, 7002)
/** With Emil's access hash. */
const EMILS_NEWS = inputChannel(EMIL, 7001)
const EMILS_GROUP = inputChannel(EMIL, 7002)
const GROUP_PEER = new Api.InputPeerChannel(GROUP)
const NEWS_PEER = new Api.InputPeerChannel(NEWS)

let accounts: TwoAccounts
let nora: Correspondent
let emil: Correspondent

beforeAll(async () => {
  accounts = await twoAccounts()
  ;({ nora, emil } = accounts)
  const { channels } = accounts.emulator.world
  const ids = [1, 2, 3]
  channels.add(smallChannel({ id: 7001n, title: 'News', username: null, ids }))
  channels.add({
    ...smallChannel({ id: 7002n, title: 'Group', username: null, ids }),
    kind: 'supergroup',
  })
})

beforeEach(() => accounts.settle())

afterAll(() => accounts.close())

async function ptsOf(channel: Api.InputChannel): Promise<number> {
  const { fullChat } = await nora.client.invoke(new Api.channels.GetFullChannel({ channel }))
  return (fullChat as Api.ChannelFull).pts
}

function difference(
  channel: Api.InputChannel,
  pts: number,
  limit = 100,
): Promise<Api.updates.TypeChannelDifference> {
  const filter = new Api.ChannelMessagesFilterEmpty()
  return nora.client.invoke(new Api.updates.GetChannelDifference({ channel, filter, pts, limit }))
}

/** The `pts` and content of pushed updates. */
function counted(updates: readonly Api.TypeUpdate[]): unknown[] {
  return updates.map((update) => [
    update.className,
    'pts' in update ? update.pts : null,
    'message' in update && typeof update.message === 'object'
      ? (update.message as Api.Message).message
      : null,
  ])
}

describe('posts', () => {
  test('are pushed to every member in order, without gaps in pts', async () => {
    const pts = await ptsOf(NEWS)
    await post(accounts.emulator, { channel_id: 7001, text: 'post {n}', count: 3 })
    const expected = [1, 2, 3].map((n) => ['UpdateNewChannelMessage', pts + n, `post ${n}`])
    for (const { pushed } of [nora, emil]) {
      await vi.waitFor(() => expect(counted(pushed)).toEqual(expected))
    }
  })

  test('arrive at the requested rate', async () => {
    const posted = await control(accounts.emulator, 'POST', '/messages', {
      channel_id: 7001,
      text: 'tick',
      count: 5,
      rate_per_second: 1000,
    })
    expect(posted).toMatchObject({ channel_id: 7001, count: 5 })
    await vi.waitFor(() => expect(emil.pushed).toHaveLength(5))
  })

  test('that are silent leave a gap that the difference fills', async () => {
    const pts = await ptsOf(NEWS)
    await post(accounts.emulator, { channel_id: 7001, text: 'unheard', silent: true })
    await post(accounts.emulator, { channel_id: 7001, text: 'heard' })
    await vi.waitFor(() =>
      expect(counted(nora.pushed)).toEqual([['UpdateNewChannelMessage', pts + 2, 'heard']]),
    )
    expect(await difference(NEWS, pts)).toMatchObject({
      className: 'updates.ChannelDifference',
      final: true,
      pts: pts + 2,
      newMessages: [{ message: 'unheard' }, { message: 'heard' }],
    })
  })

  test('are never older than existing messages', async () => {
    const createdAt = Math.floor(Date.now() / 1000) + 86_400
    const ahead = smallChannel({ id: 7003n, title: 'Ahead', username: null, ids: [1], createdAt })
    accounts.emulator.world.channels.add(ahead)
    await post(accounts.emulator, { channel_id: 7003, text: 'after that' })
    await vi.waitFor(() =>
      expect(nora.pushed).toMatchObject([{ message: { date: createdAt + 10 } }]),
    )
  })

  test('are not pushed to former members', async () => {
    await emil.client.invoke(new Api.channels.LeaveChannel({ channel: EMILS_NEWS }))
    await accounts.settle()
    await post(accounts.emulator, { channel_id: 7001, text: 'members only' })
    await vi.waitFor(() => expect(nora.pushed).toHaveLength(1))
    await emil.client.invoke(new Api.updates.GetState())
    expect(emil.pushed).toEqual([])
    accounts.emulator.world.channels.join(accountOf(EMIL), channelOf(7001n))
  })

  test('in a broadcast channel are allowed to admins only', async () => {
    const call = () => nora.client.sendMessage(NEWS_PEER, { message: 'mine' })
    await expect(call()).rejects.toMatchObject({ code: 403, errorMessage: 'CHAT_ADMIN_REQUIRED' })
    await control(accounts.emulator, 'POST', '/channels/7001/admins', { add: [NORA] })
    await call()
    await vi.waitFor(() => expect(emil.pushed).toHaveLength(1))
    const [shown] = await nora.client.getMessages(NEWS_PEER, { limit: 1 })
    expect(shown).toMatchObject({ message: 'mine', out: true, post: true })
    const [theirs] = await emil.client.getMessages(new Api.InputPeerChannel(EMILS_NEWS), {
      limit: 1,
    })
    expect(theirs).toMatchObject({ message: 'mine', out: false })
    await control(accounts.emulator, 'POST', '/channels/7001/admins', { remove: [NORA] })
    await expect(call()).rejects.toMatchObject({ errorMessage: 'CHAT_ADMIN_REQUIRED' })
  })

  test('in a public group are allowed to members only', async () => {
    const group = smallChannel({ id: 7004n, title: 'Open', username: 'open_group', ids: [1] })
    accounts.emulator.world.channels.add({ ...group, kind: 'supergroup' })
    const call = () => nora.client.sendMessage('open_group', { message: 'mine' })
    accounts.emulator.world.channels.leave(accountOf(NORA), channelOf(7004n))
    await expect(call()).rejects.toMatchObject({ code: 403, errorMessage: 'CHAT_WRITE_FORBIDDEN' })
    accounts.emulator.world.channels.join(accountOf(NORA), channelOf(7004n))
    await expect(call()).resolves.toMatchObject({ message: 'mine' })
  })
})

describe('a difference', () => {
  test('comes in slices, and the last one is final', async () => {
    const pts = await ptsOf(NEWS)
    await post(accounts.emulator, { channel_id: 7001, text: 'slice {n}', count: 5 })
    const texts: string[] = []
    const finals: (boolean | undefined)[] = []
    for (let from = pts; finals.at(-1) !== true;) {
      const slice = (await difference(NEWS, from, 2)) as Api.updates.ChannelDifference
      texts.push(...slice.newMessages.map((message) => (message as Api.Message).message))
      finals.push(slice.final)
      from = slice.pts
    }
    expect(texts).toEqual([1, 2, 3, 4, 5].map((n) => `slice ${n}`))
    expect(finals).toEqual([false, false, true])
    expect(await difference(NEWS, pts + 5)).toMatchObject({
      className: 'updates.ChannelDifferenceEmpty',
      pts: pts + 5,
    })
  })

  test('omits deleted messages, and includes their deletion', async () => {
    const pts = await ptsOf(NEWS)
    const { id } = await post(accounts.emulator, { channel_id: 7001, text: 'short-lived' })
    await control(accounts.emulator, 'DELETE', `/messages/7001/${id}`)
    expect(await difference(NEWS, pts)).toMatchObject({
      newMessages: [],
      otherUpdates: [{ className: 'UpdateDeleteChannelMessages', messages: [id], pts: pts + 2 }],
    })
  })

  test('that is too long includes the state to restart from', async () => {
    const { id } = await post(accounts.emulator, { channel_id: 7001, text: 'the newest' })
    const pts = await ptsOf(NEWS)
    await control(accounts.emulator, 'PATCH', '/differences', { max_age: 2 })
    const result = await difference(NEWS, pts - 3)
    await control(accounts.emulator, 'PATCH', '/differences', { max_age: 100_000 })
    expect(result).toMatchObject({
      className: 'updates.ChannelDifferenceTooLong',
      final: true,
      dialog: { pts, topMessage: id },
    })
    const { messages } = result as Api.updates.ChannelDifferenceTooLong
    expect(messages[0]).toMatchObject({ id, message: 'the newest' })
  })

  test('of the time before the world began is too long', async () => {
    expect(await difference(NEWS, 1)).toBeInstanceOf(Api.updates.ChannelDifferenceTooLong)
  })

  test('of the account names channels with events once', async () => {
    const { pts, qts, date } = await nora.client.invoke(new Api.updates.GetState())
    await post(accounts.emulator, { channel_id: 7001, text: 'unheard', silent: true })
    const first = await nora.client.invoke(
      new Api.updates.GetDifference({ pts, qts, date: date - 1 }),
    )
    expect(first).toMatchObject({
      className: 'updates.Difference',
      otherUpdates: expect.arrayContaining([
        expect.objectContaining({
          className: 'UpdateChannelTooLong',
          channelId: returnBigInt(7001),
          pts: await ptsOf(NEWS),
        }),
      ]),
    })
    const { state } = first as Api.updates.Difference
    const second = await nora.client.invoke(new Api.updates.GetDifference(state))
    expect(second).toBeInstanceOf(Api.updates.DifferenceEmpty)
  })
})

describe('a group', () => {
  test('accepts messages of members, and pushes them to the others', async () => {
    const pts = await ptsOf(GROUP)
    const call = { peer: GROUP_PEER, message: 'hello all', randomId: nextRandomId() }
    const answer = (await nora.client.invoke(new Api.messages.SendMessage(call))) as Api.Updates
    expect(answer.updates.map(({ className }) => className)).toEqual([
      'UpdateMessageID',
      'UpdateReadChannelInbox',
      'UpdateNewChannelMessage',
    ])
    await vi.waitFor(() => expect(emil.pushed).toHaveLength(1))
    expect(emil.pushed[0]).toMatchObject({
      pts: pts + 1,
      ptsCount: 1,
      message: { message: 'hello all', out: false, fromId: { userId: nora.peer.userId } },
    })
  })

  test('lets members edit and delete their own messages', async () => {
    const { id } = await nora.client.sendMessage(GROUP_PEER, { message: 'befroe' })
    await nora.client.editMessage(GROUP_PEER, { message: id, text: 'before' })
    await vi.waitFor(() =>
      expect(counted(emil.pushed).at(-1)).toEqual([
        'UpdateEditChannelMessage',
        expect.any(Number),
        'before',
      ]),
    )
    const deletion = (channel: Api.InputChannel) =>
      new Api.channels.DeleteMessages({ channel, id: [id] })
    await expect(emil.client.invoke(deletion(EMILS_GROUP))).rejects.toMatchObject({
      code: 403,
      errorMessage: 'MESSAGE_DELETE_FORBIDDEN',
    })
    const peer = new Api.InputPeerChannel(EMILS_GROUP)
    const edit = new Api.messages.EditMessage({ peer, id, message: 'not mine' })
    await expect(emil.client.invoke(edit)).rejects.toMatchObject({
      errorMessage: 'MESSAGE_AUTHOR_REQUIRED',
    })
    const affected = await nora.client.invoke(deletion(GROUP))
    expect(affected).toMatchObject({ pts: await ptsOf(GROUP), ptsCount: 1 })
    await vi.waitFor(() =>
      expect(emil.pushed.at(-1)).toMatchObject({
        className: 'UpdateDeleteChannelMessages',
        messages: [id],
      }),
    )
  })

  test('counts unread messages, and pushes reads to authors', async () => {
    await emil.client.invoke(new Api.channels.ReadHistory({ channel: EMILS_GROUP, maxId: 0 }))
    const { id } = await nora.client.sendMessage(GROUP_PEER, { message: 'to be read' })
    await accounts.settle()
    const unread = async () => {
      const peer = new Api.InputPeerChannel(EMILS_GROUP)
      const peers = [new Api.InputDialogPeer({ peer })]
      const { dialogs } = await emil.client.invoke(new Api.messages.GetPeerDialogs({ peers }))
      return dialogs[0]
    }
    expect(await unread()).toMatchObject({ unreadCount: 1 })
    await emil.client.invoke(new Api.channels.ReadHistory({ channel: EMILS_GROUP, maxId: id }))
    expect(await unread()).toMatchObject({ unreadCount: 0, readInboxMaxId: id })
    await vi.waitFor(() =>
      expect(nora.pushed).toMatchObject([{ className: 'UpdateReadChannelOutbox', maxId: id }]),
    )
  })
})

test('edits of blueprint messages by the control API are visible in history', async () => {
  await control(accounts.emulator, 'PATCH', '/messages/-1000000007002/2', { text: 'rewritten' })
  await vi.waitFor(() =>
    expect(counted(nora.pushed)).toEqual([
      ['UpdateEditChannelMessage', expect.any(Number), 'rewritten'],
    ]),
  )
  const found = await nora.client.getMessages(GROUP_PEER, { ids: 2 })
  expect(found[0]?.message).toBe('rewritten')
})

function channelOf(id: bigint) {
  const channel = accounts.emulator.world.channels.get(id)
  if (channel === undefined) throw new Error('no such channel')
  return channel
}

function accountOf(phone: string) {
  const account = accounts.emulator.world.accounts.withPhone(phone.slice(1))
  if (account === undefined) throw new Error('no such account')
  return account
}
