import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { StringSession } from 'telegram/sessions/index.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect } from './gramjs.ts'
import { pushedTo } from './pushed.ts'
import { newestMessage, twoAccounts, type Correspondent, type TwoAccounts } from './two-accounts.ts'

let accounts: TwoAccounts
let nora: Correspondent
let emil: Correspondent

beforeAll(async () => {
  accounts = await twoAccounts()
  ;({ nora, emil } = accounts)
})

beforeEach(() => accounts.settle())

afterAll(() => accounts.close())

async function dialogOf(client: TelegramClient, peer: Api.TypeInputPeer): Promise<Api.Dialog> {
  const peers = [new Api.InputDialogPeer({ peer })]
  const { dialogs } = await client.invoke(new Api.messages.GetPeerDialogs({ peers }))
  return dialogs[0] as Api.Dialog
}

describe('an edit', () => {
  test('is pushed to both sides and visible in history', async () => {
    const { id } = await accounts.say('befroe')
    emil.pushed.splice(0)
    const updates = (await nora.client.invoke(
      new Api.messages.EditMessage({ peer: emil.peer, id, message: 'before' }),
    )) as Api.Updates
    expect(updates.updates).toMatchObject([{ className: 'UpdateEditMessage', ptsCount: 1 }])
    await vi.waitFor(() =>
      expect(emil.pushed.at(-1)).toMatchObject({
        className: 'UpdateEditMessage',
        message: { message: 'before' },
      }),
    )
    const received = await newestMessage(emil.client, nora.peer)
    expect(received.message).toBe('before')
    expect(received.editDate).toBeGreaterThan(0)
  })

  test("of another's message, without a change, or of a missing message is refused", async () => {
    const { id } = await accounts.say('mine')
    const received = await newestMessage(emil.client, nora.peer)
    const refused: [TelegramClient, Api.TypeInputPeer, number, string][] = [
      [emil.client, nora.peer, received.id, 'MESSAGE_AUTHOR_REQUIRED'],
      [nora.client, emil.peer, id, 'MESSAGE_NOT_MODIFIED'],
      [nora.client, emil.peer, 9999, 'MESSAGE_ID_INVALID'],
    ]
    for (const [client, peer, messageId, errorMessage] of refused) {
      const call = new Api.messages.EditMessage({ peer, id: messageId, message: 'mine' })
      await expect(client.invoke(call)).rejects.toMatchObject({ errorMessage })
    }
  })
})

describe('a deletion', () => {
  test('without revoke keeps the other copy, with revoke deletes it too', async () => {
    const { id } = await accounts.say('gone here')
    const before = await nora.client.invoke(new Api.updates.GetState())
    const affected = await nora.client.invoke(
      new Api.messages.DeleteMessages({ id: [id, id, 9999] }),
    )
    expect(affected).toMatchObject({ pts: before.pts + 1, ptsCount: 1 })
    const received = await newestMessage(emil.client, nora.peer)
    expect(received.message).toBe('gone here')
    await emil.client.invoke(new Api.messages.DeleteMessages({ id: [received.id], revoke: true }))
    expect((await newestMessage(emil.client, nora.peer)).message).not.toBe('gone here')

    const second = await accounts.say('gone everywhere')
    const copy = await newestMessage(emil.client, nora.peer)
    await nora.client.invoke(new Api.messages.DeleteMessages({ id: [second.id], revoke: true }))
    await vi.waitFor(() =>
      expect(emil.pushed.at(-1)).toMatchObject({
        className: 'UpdateDeleteMessages',
        messages: [copy.id],
      }),
    )
  })

  test('does not free the id for reuse', async () => {
    const { id } = await accounts.say('short-lived')
    await nora.client.invoke(new Api.messages.DeleteMessages({ id: [id], revoke: true }))
    expect((await accounts.say('next')).id).toBe(id + 1)
  })

  test('of missing messages changes nothing', async () => {
    const { pts } = await nora.client.invoke(new Api.updates.GetState())
    const affected = await nora.client.invoke(new Api.messages.DeleteMessages({ id: [9999] }))
    expect(affected).toMatchObject({ pts, ptsCount: 0 })
  })
})

test('reading is counted, and the other side gets the read position', async () => {
  await emil.client.invoke(new Api.messages.ReadHistory({ peer: nora.peer, maxId: 0 }))
  await accounts.settle()
  const first = await accounts.say('one')
  const second = await accounts.say('two')
  expect(await dialogOf(emil.client, nora.peer)).toMatchObject({ unreadCount: 2 })
  const [, oldest] = await emil.client.getMessages(nora.peer, { limit: 2 })
  const maxId = oldest?.id ?? 0
  const before = await emil.client.invoke(new Api.updates.GetState())
  nora.pushed.splice(0)

  const affected = await emil.client.invoke(
    new Api.messages.ReadHistory({ peer: nora.peer, maxId }),
  )
  expect(affected).toMatchObject({ pts: before.pts + 1, ptsCount: 1 })
  await vi.waitFor(() => expect(nora.pushed).toHaveLength(1))
  expect(nora.pushed[0]).toMatchObject({
    className: 'UpdateReadHistoryOutbox',
    maxId: first.id,
    ptsCount: 1,
  })
  expect(await dialogOf(nora.client, emil.peer)).toMatchObject({ readOutboxMaxId: first.id })
  expect(await dialogOf(emil.client, nora.peer)).toMatchObject({
    unreadCount: 1,
    readInboxMaxId: maxId,
  })

  await emil.client.invoke(new Api.messages.ReadHistory({ peer: nora.peer, maxId: 0 }))
  expect(await dialogOf(nora.client, emil.peer)).toMatchObject({ readOutboxMaxId: second.id })
  const again = await emil.client.invoke(
    new Api.messages.ReadHistory({ peer: nora.peer, maxId: 0 }),
  )
  expect(again.ptsCount).toBe(0)
})

test('pushes arrive in order, without gaps in pts', async () => {
  const count = 30
  await Promise.all(Array.from({ length: count }, (_, index) => accounts.say(`message ${index}`)))
  await vi.waitFor(() => expect(emil.pushed).toHaveLength(count))
  const counters = emil.pushed.map((update) => 'pts' in update && update.pts)
  const start = Number(counters[0])
  expect(counters).toEqual(Array.from({ length: count }, (_, index) => start + index))
})

test('of the sessions of a key, the last one to call gets the updates', async () => {
  const other = await connect(
    accounts.emulator,
    new StringSession(String(emil.client.session.save())),
  )
  const updates = pushedTo(other)
  await accounts.say('to the newest')
  await vi.waitFor(() => expect(updates).toHaveLength(1))
  await emil.client.invoke(new Api.updates.GetState())
  await other.invoke(new Api.InvokeWithoutUpdates({ query: new Api.updates.GetState() }))
  await accounts.say('to the first again')
  await vi.waitFor(() => expect(emil.pushed).toHaveLength(1))
  await other.invoke(new Api.updates.GetState())
  expect(updates).toHaveLength(1)
  await other.destroy()
})
