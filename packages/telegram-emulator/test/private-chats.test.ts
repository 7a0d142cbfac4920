import { CustomFile } from 'telegram/client/uploads.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { control } from './control.ts'
import { connect, signIn } from './gramjs.ts'
import { pushedTo } from './pushed.ts'
import {
  newestMessage,
  nextRandomId,
  NORA,
  twoAccounts,
  type Correspondent,
  type TwoAccounts,
} from './two-accounts.ts'

let accounts: TwoAccounts
let nora: Correspondent
let emil: Correspondent

beforeAll(async () => {
  accounts = await twoAccounts()
  ;({ nora, emil } = accounts)
})

beforeEach(() => accounts.settle())

afterAll(() => accounts.close())

describe('a message', () => {
  test('gets a short response, pushed to the other side and found in its difference', async () => {
    const before = await emil.client.invoke(new Api.updates.GetState())
    const sent = await accounts.say('good morning', {
      entities: [new Api.MessageEntityBold({ offset: 0, length: 4 })],
    })
    expect(sent).toMatchObject({
      className: 'UpdateShortSentMessage',
      out: true,
      ptsCount: 1,
      entities: [{ className: 'MessageEntityBold' }],
    })
    await vi.waitFor(() => expect(emil.pushed).toHaveLength(1))
    expect(emil.pushed[0]).toMatchObject({
      className: 'UpdateShortMessage',
      message: 'good morning',
      userId: nora.peer.userId,
      pts: before.pts + 1,
      ptsCount: 1,
      entities: [{ className: 'MessageEntityBold' }],
    })
    const { pts, date, qts } = before
    const difference = await emil.client.invoke(new Api.updates.GetDifference({ pts, date, qts }))
    expect(difference).toMatchObject({
      className: 'updates.Difference',
      newMessages: [{ message: 'good morning' }],
      users: [{ id: nora.peer.userId }],
      state: { pts: before.pts + 1 },
    })
  })

  test('is in both histories and dialogs, with separate ids', async () => {
    const sent = await accounts.say('twice')
    const [own] = await nora.client.getMessages(emil.peer, { limit: 1 })
    expect(own).toMatchObject({ id: sent.id, message: 'twice', out: true })
    const theirs = await newestMessage(emil.client, nora.peer)
    expect(theirs).toMatchObject({ message: 'twice', out: false })
    const [dialog] = await emil.client.getDialogs({ limit: 1 })
    expect(dialog?.message).toMatchObject({ id: theirs.id })
    const found = await emil.client.invoke(
      new Api.messages.GetMessages({
        id: [9999, theirs.id].map((id) => new Api.InputMessageID({ id })),
      }),
    )
    expect((found as Api.messages.Messages).messages).toMatchObject([
      { className: 'MessageEmpty', id: 9999 },
      { className: 'Message', message: 'twice' },
    ])
  })

  test('is pushed to the other logins of its sender, not to the one that sent it', async () => {
    const other = await connect(accounts.emulator)
    await signIn(other, NORA)
    const updates = pushedTo(other)
    const { id } = await accounts.say('from here')
    await vi.waitFor(() => expect(updates).toHaveLength(1))
    expect(updates[0]).toMatchObject({ className: 'UpdateShortMessage', id, out: true })
    await accounts.settle()
    expect(nora.pushed).toEqual([])
    await other.destroy()
  })

  test('is sent once, even if its random id is used again with other content', async () => {
    const randomId = nextRandomId()
    await accounts.say('once', { randomId })
    await expect(accounts.say('twice', { randomId })).rejects.toMatchObject({
      code: 500,
      errorMessage: 'RANDOM_ID_DUPLICATE',
    })
    expect((await newestMessage(emil.client, nora.peer)).message).toBe('once')
  })

  test('replies to another by the ids of each mailbox', async () => {
    // From here on, the ids of the two mailboxes differ.
    await nora.client.sendMessage('me', { message: 'to myself' })
    await accounts.say('a question')
    const question = await newestMessage(emil.client, nora.peer)
    await emil.client.sendMessage(nora.peer, { message: 'in between' })
    const [own] = await nora.client.getMessages(emil.peer, { limit: 1 })
    const call = { peer: nora.peer, message: 'an answer', randomId: nextRandomId() }
    const replyTo = new Api.InputReplyToMessage({ replyToMsgId: question.id })
    await emil.client.invoke(new Api.messages.SendMessage({ ...call, replyTo }))
    expect((await newestMessage(emil.client, nora.peer)).replyTo?.replyToMsgId).toBe(question.id)
    const [received] = await nora.client.getMessages(emil.peer, { limit: 1 })
    const [asked] = await nora.client.getMessages(emil.peer, {
      ids: received?.replyTo?.replyToMsgId ?? 0,
    })
    expect(asked).toMatchObject({ message: 'a question', out: true })
    expect(own?.message).toBe('in between')
  })

  test('to oneself is stored once', async () => {
    await nora.client.sendMessage('me', { message: 'note' })
    const notes = await nora.client.getMessages('me', { limit: 10 })
    expect(Array.from(notes, ({ message }) => message)).toEqual(['note', 'to myself'])
    expect(notes[0]).toMatchObject({ out: true })
  })

  test.each([
    ['nothing', { message: ' \n' }, 'MESSAGE_EMPTY'],
    ['too much', { message: 'x'.repeat(4097) }, 'MESSAGE_TOO_LONG'],
    [
      'entities out of bounds',
      { message: 'x', entities: [new Api.MessageEntityBold({ offset: 0, length: 2 })] },
      'ENTITY_BOUNDS_INVALID',
    ],
    [
      'an answer to nothing',
      { message: 'x', replyTo: new Api.InputReplyToMessage({ replyToMsgId: 9999 }) },
      'REPLY_MESSAGE_ID_INVALID',
    ],
    [
      'to nobody',
      {
        message: 'x',
        peer: new Api.InputPeerUser({ userId: returnBigInt(1), accessHash: returnBigInt(1) }),
      },
      'PEER_ID_INVALID',
    ],
  ])('that cannot be sent: %s', async (_name, call, errorMessage) => {
    await expect(accounts.say('', call)).rejects.toMatchObject({ errorMessage })
    await accounts.settle()
    expect(emil.pushed).toEqual([])
  })

  test('of 4096 characters beyond the first plane is not too long', async () => {
    await accounts.say('𝔸'.repeat(4096))
    expect((await newestMessage(emil.client, nora.peer)).message).toHaveLength(8192)
  })

  test('loses the white space around it, and its entities move along', async () => {
    await accounts.say('  bold  ', {
      entities: [new Api.MessageEntityBold({ offset: 1, length: 6 })],
    })
    const { message, entities } = await newestMessage(emil.client, nora.peer)
    expect(message).toBe('bold')
    expect(entities?.[0]).toMatchObject({ offset: 0, length: 4 })
  })
})

describe('media', () => {
  test('are sent as files that the other side can download', async () => {
    const file = new CustomFile('hello.txt', 5, '', Buffer.from('hello'))
    await nora.client.sendFile(emil.peer, { file, caption: 'with a file', forceDocument: true })
    await vi.waitFor(() => expect(emil.pushed).toHaveLength(1))
    expect(emil.pushed[0]).toMatchObject({ className: 'UpdateNewMessage', ptsCount: 1 })
    const received = await newestMessage(emil.client, nora.peer)
    expect(received.message).toBe('with a file')
    expect(String(await emil.client.downloadMedia(received))).toBe('hello')
  })

  test('of an album share a group and arrive in one push', async () => {
    const files = ['a', 'b'].map((name) => new CustomFile(`${name}.txt`, 1, '', Buffer.from(name)))
    await nora.client.sendFile(emil.peer, {
      file: files,
      caption: ['first', 'second'],
      forceDocument: true,
    })
    const received = await emil.client.getMessages(nora.peer, { limit: 2 })
    expect(Array.from(received, ({ message }) => message)).toEqual(['second', 'first'])
    expect(received[0]?.groupedId).toEqual(received[1]?.groupedId)
    expect(received[0]?.groupedId).toBeDefined()
  })

  test.each([
    ['nothing', new Api.InputMediaEmpty(), 'MEDIA_EMPTY'],
    [
      'a photo that does not exist',
      new Api.InputMediaPhoto({
        id: new Api.InputPhoto({
          id: returnBigInt(1),
          accessHash: returnBigInt(1),
          fileReference: Buffer.alloc(0),
        }),
      }),
      'PHOTO_INVALID',
    ],
    [
      'parts that were not uploaded',
      new Api.InputMediaUploadedPhoto({
        file: new Api.InputFile({ id: returnBigInt(77), parts: 1, name: 'a', md5Checksum: '' }),
      }),
      'FILE_PART_0_MISSING',
    ],
  ])('that cannot be sent: %s', async (_name, media, errorMessage) => {
    const call = { peer: emil.peer, media, message: '', randomId: nextRandomId() }
    await expect(nora.client.invoke(new Api.messages.SendMedia(call))).rejects.toMatchObject({
      errorMessage,
    })
  })

  test('of an album have to be uploaded as media first, and have a valid reference', async () => {
    const file = await nora.client.uploadFile({
      file: new CustomFile('a.txt', 1, '', Buffer.from('a')),
      workers: 1,
    })
    const uploaded = new Api.InputMediaUploadedDocument({
      file,
      mimeType: 'text/plain',
      attributes: [],
    })
    const send = (...media: Api.TypeInputMedia[]) =>
      nora.client.invoke(
        new Api.messages.SendMultiMedia({
          peer: emil.peer,
          multiMedia: media.map(
            (one) =>
              new Api.InputSingleMedia({ media: one, message: '', randomId: nextRandomId() }),
          ),
        }),
      )
    await expect(send(uploaded, uploaded)).rejects.toMatchObject({ errorMessage: 'MEDIA_INVALID' })
    await expect(send()).rejects.toMatchObject({ errorMessage: 'MEDIA_EMPTY' })
    const first = await kept(uploaded)
    await control(accounts.emulator, 'POST', '/faults', { kind: 'expire_file_references' })
    const fresh = await kept(uploaded)
    await expect(send(fresh, first)).rejects.toMatchObject({
      errorMessage: 'FILE_REFERENCE_1_EXPIRED',
    })
    await expect(send(fresh, fresh)).resolves.toBeDefined()
  })

  async function kept(media: Api.TypeInputMedia): Promise<Api.InputMediaDocument> {
    const request = new Api.messages.UploadMedia({ peer: emil.peer, media })
    const { document } = (await nora.client.invoke(request)) as Api.MessageMediaDocument
    const { id, accessHash, fileReference } = document as Api.Document
    return new Api.InputMediaDocument({
      id: new Api.InputDocument({ id, accessHash, fileReference }),
    })
  }
})
