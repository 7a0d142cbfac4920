import { Api } from 'telegram/tl/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { smallChannel } from './small-channel.ts'
import { twoAccounts, type TwoAccounts } from './two-accounts.ts'

let accounts: TwoAccounts
let nora: TelegramClient
let emil: TelegramClient

beforeAll(async () => {
  accounts = await twoAccounts()
  nora = accounts.nora.client
  emil = accounts.emil.client
  const ids = Array.from({ length: 60 }, (_, index) => index + 1)
  accounts.emulator.world.channels.add({
    ...smallChannel({ id: 7001n, title: 'Files', username: 'some_files', ids }),
    kind: 'supergroup',
  })
})
afterAll(() => accounts.close())

async function channelOf(client: TelegramClient): Promise<Api.InputChannel> {
  const call = new Api.contacts.ResolveUsername({ username: 'some_files' })
  const { chats } = await client.invoke(call)
  const { id, accessHash } = chats[0] as Api.Channel
  if (accessHash === undefined) throw new Error('a channel has an access hash')
  return new Api.InputChannel({ channelId: id, accessHash })
}

type File = Api.Document | Api.Photo

async function filesOf(client: TelegramClient): Promise<File[]> {
  const peer = new Api.InputPeerChannel(await channelOf(client))
  const messages = await client.getMessages(peer, { limit: 60 })
  return messages.flatMap(({ document, photo }) =>
    document instanceof Api.Document ? document : photo instanceof Api.Photo ? photo : [],
  )
}

function read(client: TelegramClient, { id, accessHash, fileReference, ...file }: File) {
  const named = { id, accessHash, fileReference }
  const location =
    'sizes' in file
      ? new Api.InputPhotoFileLocation({ ...named, thumbSize: 'm' })
      : new Api.InputDocumentFileLocation({ ...named, thumbSize: '' })
  const call = new Api.upload.GetFile({ location, offset: returnBigInt(0), limit: 4096 })
  return client.invoke(call, file.dcId)
}

const refusal = (errorMessage: string) => ({ code: 400, errorMessage })

describe('access hashes of one account are invalid for another', () => {
  test('of a channel', async () => {
    const [own, foreign] = [await channelOf(emil), await channelOf(nora)]
    expect(own.accessHash).not.toEqual(foreign.accessHash)
    const info = (channel: Api.InputChannel) =>
      emil.invoke(new Api.channels.GetFullChannel({ channel }))
    const history = (channel: Api.InputChannel) =>
      emil.getMessages(new Api.InputPeerChannel(channel), { limit: 1 })
    await expect(info(own)).resolves.toBeDefined()
    await expect(history(own)).resolves.toHaveLength(1)
    await expect(info(foreign)).rejects.toMatchObject(refusal('CHANNEL_INVALID'))
    await expect(history(foreign)).rejects.toMatchObject(refusal('CHANNEL_INVALID'))
  })

  test('of a user', async () => {
    // Emil as seen by Nora, and Nora as seen by a third account.
    const { userId, accessHash } = accounts.nora.peer
    const foreign = { userId, accessHash: accessHash.add(1) }
    const full = new Api.users.GetFullUser({ id: new Api.InputUser(foreign) })
    await expect(emil.invoke(full)).rejects.toMatchObject(refusal('USER_ID_INVALID'))
    const peer = new Api.InputPeerUser(foreign)
    const send = new Api.messages.SendMessage({ peer, message: 'x', randomId: returnBigInt(9) })
    await expect(emil.invoke(send)).rejects.toMatchObject(refusal('PEER_ID_INVALID'))
    const [group] = [await channelOf(emil), await channelOf(nora)]
    const members = (client: TelegramClient, channel: Api.InputChannel) =>
      client.invoke(
        new Api.channels.GetParticipants({
          channel,
          filter: new Api.ChannelParticipantsRecent(),
          offset: 0,
          limit: 100,
          hash: returnBigInt(0),
        }),
      )
    const toEmil = (await members(emil, group)) as Api.channels.ChannelParticipants
    const toNora = (await members(nora, await channelOf(nora))) as Api.channels.ChannelParticipants
    const hashes = ({ users }: Api.channels.ChannelParticipants) =>
      users.map((user) => String((user as Api.User).accessHash))
    expect(hashes(toEmil)).toHaveLength(hashes(toNora).length)
    expect(hashes(toEmil).filter((hash) => hashes(toNora).includes(hash))).toEqual([])
  })

  test('of files, in histories, searches and by id', async () => {
    const [own, foreign] = [await filesOf(emil), await filesOf(nora)]
    expect(own.length).toBeGreaterThan(3)
    expect(own.map(({ id }) => String(id))).toEqual(foreign.map(({ id }) => String(id)))
    for (const [index, file] of own.entries()) {
      const other = foreign[index]
      if (!other) throw new Error('both see the same files')
      await expect(read(emil, file)).resolves.toBeInstanceOf(Api.upload.File)
      await expect(read(emil, other)).rejects.toMatchObject(refusal('FILE_ID_INVALID'))
      Object.assign(other, { accessHash: file.accessHash })
      await expect(read(emil, other)).rejects.toMatchObject(refusal('FILE_REFERENCE_INVALID'))
    }
    const peer = new Api.InputPeerChannel(await channelOf(emil))
    const filter = new Api.InputMessagesFilterDocument()
    for (const { document } of await emil.getMessages(peer, { limit: 5, filter }))
      await expect(read(emil, document as Api.Document)).resolves.toBeInstanceOf(Api.upload.File)
    // Nora still gets her own, after another account has read the same messages.
    for (const file of await filesOf(nora))
      await expect(read(nora, file)).resolves.toBeInstanceOf(Api.upload.File)
  })

  test('in pushed updates and in differences', async () => {
    const before = await emil.invoke(new Api.updates.GetState())
    await accounts.settle()
    const media = { kind: 'document', size: 5000, name: 'a.bin' }
    const body = JSON.stringify({ channel_id: 7001, text: 'a file', media })
    await fetch(`${accounts.emulator.controlUrl}/messages`, { method: 'POST', body })
    const { pts, qts, date } = before
    for (const client of [emil, nora]) {
      const channel = await channelOf(client)
      const [message] = await client.getMessages(new Api.InputPeerChannel(channel), { limit: 1 })
      await expect(read(client, message?.document as Api.Document)).resolves.toBeDefined()
      const { fullChat } = await client.invoke(new Api.channels.GetFullChannel({ channel }))
      const difference = await client.invoke(
        new Api.updates.GetChannelDifference({
          channel,
          filter: new Api.ChannelMessagesFilterEmpty(),
          pts: (fullChat as Api.ChannelFull).pts - 1,
          limit: 10,
        }),
      )
      const { newMessages } = difference as Api.updates.ChannelDifference
      const { document } = (newMessages[0] as Api.Message).media as Api.MessageMediaDocument
      await expect(read(client, document as Api.Document)).resolves.toBeDefined()
    }
    await expect(
      emil.invoke(new Api.updates.GetDifference({ pts, qts, date })),
    ).resolves.toBeDefined()
  })
})
