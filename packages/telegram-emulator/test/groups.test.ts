import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { control } from './control.ts'
import {
  EMIL,
  NORA,
  nextRandomId,
  twoAccounts,
  type Correspondent,
  type TwoAccounts,
} from './two-accounts.ts'

let accounts: TwoAccounts
let nora: Correspondent
let emil: Correspondent
let groupId: string

beforeAll(async () => {
  accounts = await twoAccounts()
  ;({ nora, emil } = accounts)
  const group = await control(accounts.emulator, 'POST', '/groups', {
    title: 'Three of us',
    creator: NORA,
    members: [EMIL, '+9996623333'],
  })
  groupId = (group as { id: string }).id
})

beforeEach(() => accounts.settle())

afterAll(() => accounts.close())

function peer(): Api.InputPeerChat {
  return new Api.InputPeerChat({ chatId: returnBigInt(groupId) })
}

async function say(from: Correspondent, message: string): Promise<Api.TypeUpdates> {
  const call = { peer: peer(), message, randomId: nextRandomId() }
  return from.client.invoke(new Api.messages.SendMessage(call))
}

test('a group is among the dialogs of its members', async () => {
  const [dialog] = await emil.client.getDialogs({ limit: 1 })
  expect(dialog?.title).toBe('Three of us')
  expect(dialog?.message?.action).toMatchObject({ className: 'MessageActionChatCreate' })
  const chatId = returnBigInt(groupId)
  const full = await emil.client.invoke(new Api.messages.GetFullChat({ chatId }))
  expect(full.users).toHaveLength(3)
})

test('a message of a member is pushed to the others, who can reply', async () => {
  await say(nora, 'hello both')
  await vi.waitFor(() => expect(emil.pushed).toHaveLength(1))
  expect(emil.pushed[0]).toMatchObject({
    className: 'UpdateShortChatMessage',
    message: 'hello both',
    fromId: nora.peer.userId,
    chatId: returnBigInt(groupId),
  })
  await control(accounts.emulator, 'POST', '/messages', {
    group_id: groupId,
    from: '+9996623333',
    text: 'hello to you',
  })
  await vi.waitFor(() => expect(nora.pushed).toHaveLength(1))
  const messages = await emil.client.getMessages(peer(), { limit: 2 })
  expect(Array.from(messages, ({ message }) => message)).toEqual(['hello to you', 'hello both'])
})

test('a client can create a group', async () => {
  const created = await nora.client.invoke(
    new Api.messages.CreateChat({ users: [emil.peer], title: 'Two of us' }),
  )
  expect((created.updates as Api.Updates).chats).toMatchObject([
    { className: 'Chat', title: 'Two of us', creator: true },
  ])
  await vi.waitFor(() => expect(emil.pushed).toHaveLength(1))
})

test('accounts that are not members have no access', async () => {
  const made = await control(accounts.emulator, 'POST', '/groups', {
    title: 'Other',
    creator: NORA,
  })
  const chatId = returnBigInt((made as { id: string }).id)
  const call = new Api.messages.GetHistory({ peer: new Api.InputPeerChat({ chatId }) })
  await expect(emil.client.invoke(call)).rejects.toMatchObject({ errorMessage: 'PEER_ID_INVALID' })
  await expect(emil.client.invoke(new Api.messages.GetFullChat({ chatId }))).rejects.toMatchObject({
    errorMessage: 'CHAT_ID_INVALID',
  })
})

test('a group becomes a supergroup: both refer to each other, and only the new one accepts messages', async () => {
  const answer = await nora.client.invoke(
    new Api.messages.MigrateChat({ chatId: returnBigInt(groupId) }),
  )
  const { chats } = answer as Api.Updates
  const former = chats.find((chat) => chat.className === 'Chat') as Api.Chat
  const channel = chats.find((chat) => chat.className === 'Channel') as Api.Channel
  expect(former).toMatchObject({ deactivated: true, migratedTo: { channelId: channel.id } })
  expect(channel).toMatchObject({ megagroup: true, title: 'Three of us' })
  await vi.waitFor(() =>
    expect(emil.pushed).toMatchObject([
      { message: { action: { className: 'MessageActionChatMigrateTo', channelId: channel.id } } },
      {
        message: { action: { className: 'MessageActionChannelMigrateFrom', title: 'Three of us' } },
      },
    ]),
  )
  await expect(say(emil, 'too late')).rejects.toMatchObject({
    errorMessage: 'CHAT_WRITE_FORBIDDEN',
  })
  const [last] = await emil.client.getMessages(peer(), { limit: 1 })

  const dialogs = await emil.client.getDialogs({})
  const supergroup = dialogs.find(({ id }) => String(id) === `-100${String(channel.id)}`)
    ?.inputEntity as Api.InputPeerChannel
  const { fullChat } = await emil.client.invoke(
    new Api.channels.GetFullChannel({ channel: supergroup }),
  )
  expect(fullChat).toMatchObject({
    migratedFromChatId: returnBigInt(groupId),
    migratedFromMaxId: last?.id,
  })
  await emil.client.sendMessage(supergroup, { message: 'still here' })
  await vi.waitFor(() =>
    expect(nora.pushed.at(-1)).toMatchObject({
      className: 'UpdateNewChannelMessage',
      message: { message: 'still here' },
    }),
  )
})

test('messages are forwarded with their origin, or without', async () => {
  const [source] = await nora.client.getMessages(peer(), { search: '', limit: 1, offsetId: 3 })
  const forward = (dropAuthor: boolean) =>
    nora.client.invoke(
      new Api.messages.ForwardMessages({
        fromPeer: peer(),
        toPeer: emil.peer,
        id: [source?.id ?? 0],
        randomId: [nextRandomId()],
        dropAuthor,
      }),
    )
  await forward(false)
  const [named] = await emil.client.getMessages(nora.peer, { limit: 1 })
  expect(named).toMatchObject({
    message: 'hello both',
    fwdFrom: { fromId: { userId: nora.peer.userId }, date: source?.date },
  })
  await forward(true)
  const [unnamed] = await emil.client.getMessages(nora.peer, { limit: 1 })
  expect(unnamed).toMatchObject({ message: 'hello both' })
  expect(unnamed?.fwdFrom).toBeNull()
})
