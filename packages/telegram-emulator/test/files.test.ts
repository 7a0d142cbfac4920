import { createHash } from 'node:crypto'
import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { messagesOf, post } from './control.ts'
import { connect, signIn } from './gramjs.ts'
import { smallChannel } from './small-channel.ts'

const CHANNEL = 7001n
const KIB = 1024

let emulator: OpenEmulator
let client: TelegramClient
let documents: Api.Document[]
let messages: Api.Message[]

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  const ids = Array.from({ length: 200 }, (_, index) => index + 1)
  emulator.world.channels.add(
    smallChannel({ id: CHANNEL, title: 'Files', username: 'some_files', ids }),
  )
  client = await connect(emulator)
  await signIn(client, '+9996621001')
  const all = await client.getMessages('some_files', { limit: 200 })
  messages = Array.from(all).filter(({ file }) => file !== undefined)
  documents = messages.flatMap(({ document }) => (document instanceof Api.Document ? document : []))
})

afterAll(async () => {
  await client.destroy()
  await emulator.close()
})

function location(
  { id, accessHash, fileReference }: Api.Document,
  changes: { accessHash?: Api.long; fileReference?: Buffer } = {},
): Api.InputDocumentFileLocation {
  const identity = { id, accessHash, fileReference }
  return new Api.InputDocumentFileLocation({ ...identity, thumbSize: '', ...changes })
}

function documentOn(dcId: number): Api.Document {
  const found = documents.find((document) => document.dcId === dcId)
  if (found === undefined) throw new Error(`no document on data centre ${dcId}`)
  return found
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function photoOn(dcId: number): Api.Photo {
  for (const { photo } of messages) {
    if (photo instanceof Api.Photo && photo.dcId === dcId) return photo
  }
  throw new Error(`no photo on data centre ${dcId}`)
}

function getFile(params: {
  location: Api.TypeInputFileLocation
  offset: number
  limit: number
  precise?: boolean
}): Promise<Api.upload.TypeFile> {
  return client.invoke(new Api.upload.GetFile({ ...params, offset: returnBigInt(params.offset) }))
}

test('every file, on whichever data centre, has the hash of the control API', async () => {
  const truth = new Map((await messagesOf(emulator, CHANNEL)).map(({ id, media }) => [id, media]))
  expect(new Set(documents.map(({ dcId }) => dcId))).toEqual(new Set([2, 4]))
  for (const message of messages) {
    const bytes = (await client.downloadMedia(message)) as Buffer
    expect(sha256(bytes)).toBe(truth.get(message.id)?.sha256)
  }
})

test.each([
  ['document', 'notes.zip', 'application/zip'],
  ['photo', undefined, 'image/jpeg'],
  ['video', 'clip.mp4', 'video/mp4'],
  ['voice', undefined, 'audio/ogg'],
])('a posted %s can be downloaded', async (kind, name, mimeType) => {
  const media = { kind, name, size: 50_000 }
  const { id } = await post(emulator, { channel_id: String(CHANNEL), text: 'look', media })
  const [message] = await client.getMessages('some_files', { ids: [id] })
  expect(message?.file?.mimeType).toBe(mimeType)
  const bytes = (await client.downloadMedia(message as Api.Message)) as Buffer
  const truth = (await messagesOf(emulator, CHANNEL)).at(-1)
  expect(truth).toMatchObject({ id, text: 'look', media: { kind, size: 50_000 } })
  expect(sha256(bytes)).toBe(truth?.media?.sha256)
})

test('a smaller picture of a photo has the size stated in the message', async () => {
  const { id, accessHash, fileReference } = photoOn(2)
  const file = await getFile({
    location: new Api.InputPhotoFileLocation({ id, accessHash, fileReference, thumbSize: 'm' }),
    offset: 0,
    limit: 64 * KIB,
  })
  expect((file as Api.upload.File).bytes).toHaveLength(12_000)
  expect((file as Api.upload.File).type).toBeInstanceOf(Api.storage.FileJpeg)
})

describe('a range', () => {
  test('may end beyond the file, and yields the available bytes', async () => {
    const document = documentOn(2)
    const size = Number(document.size)
    const offset = Math.floor(size / (64 * KIB)) * 64 * KIB
    const tail = await getFile({ location: location(document), offset, limit: 64 * KIB })
    expect((tail as Api.upload.File).bytes).toHaveLength(size - offset)
    const beyond = await getFile({ location: location(document), offset: 1 << 24, limit: 4 * KIB })
    expect((beyond as Api.upload.File).bytes).toHaveLength(0)
  })

  test.each([
    ['an offset off the 4 KiB grid', { offset: KIB, limit: 4 * KIB }, 'OFFSET_INVALID'],
    ['a negative offset', { offset: -4 * KIB, limit: 4 * KIB }, 'OFFSET_INVALID'],
    ['a limit off the 4 KiB grid', { offset: 0, limit: KIB }, 'LIMIT_INVALID'],
    ['a limit that does not divide 1 MiB', { offset: 0, limit: 12 * KIB }, 'LIMIT_INVALID'],
    ['nothing', { offset: 0, limit: 0 }, 'LIMIT_INVALID'],
    ['a crossing of 1 MiB', { offset: 1020 * KIB, limit: 8 * KIB }, 'LIMIT_INVALID'],
    ['more than 1 MiB', { offset: 0, limit: 2048 * KIB, precise: true }, 'LIMIT_INVALID'],
    ['an offset off the 1 KiB grid', { offset: 512, limit: KIB, precise: true }, 'OFFSET_INVALID'],
  ])('must not be %s', async (_name, range, errorMessage) => {
    await expect(getFile({ location: location(documentOn(2)), ...range })).rejects.toMatchObject({
      errorMessage,
    })
  })

  test('may be finer with `precise`', async () => {
    const range = { offset: KIB, limit: 3 * KIB, precise: true }
    const file = await getFile({ location: location(documentOn(2)), ...range })
    expect((file as Api.upload.File).bytes).toHaveLength(3 * KIB)
  })
})

describe('hashes', () => {
  function getFileHashes(from: Api.TypeInputFileLocation, offset: number): Promise<Api.FileHash[]> {
    return client.invoke(
      new Api.upload.GetFileHashes({ location: from, offset: returnBigInt(offset) }),
    )
  }

  test('cover a file in parts of 128 KiB', async () => {
    const document = documentOn(2)
    const whole = (await client.downloadMedia(new Api.MessageMediaDocument({ document }))) as Buffer
    const hashes = await getFileHashes(location(document), 0)
    const parts = hashes.map(({ offset, limit, hash }) => ({
      offset: Number(offset),
      limit,
      hash: hash.toString('hex'),
    }))
    const offsets = Array.from(
      { length: Math.ceil(whole.length / (128 * KIB)) },
      (_, index) => index * 128 * KIB,
    )
    expect(parts).toEqual(
      offsets.map((offset) => {
        const part = whole.subarray(offset, offset + 128 * KIB)
        return { offset, limit: part.length, hash: sha256(part) }
      }),
    )
    expect(await getFileHashes(location(document), 200 * KIB)).toEqual(hashes.slice(1))
    expect(await getFileHashes(location(document), whole.length - 1)).toEqual(hashes.slice(-1))
    expect(await getFileHashes(location(document), whole.length)).toEqual([])
  })

  test('of a large file come in several responses', async () => {
    const size = 5_000_000
    const media = { kind: 'document', name: 'large.zip', size }
    const { id } = await post(emulator, { channel_id: String(CHANNEL), text: 'large', media })
    const [message] = await client.getMessages('some_files', { ids: [id] })
    const document = message?.document
    if (!(document instanceof Api.Document)) throw new Error('no document was posted')
    const from = location(document)
    const ask = (offset: number) =>
      client.invoke(
        new Api.upload.GetFileHashes({ location: from, offset: returnBigInt(offset) }),
        document.dcId,
      )
    const first = await ask(0)
    expect(first).toHaveLength(32)
    const next = await ask(32 * 128 * KIB)
    expect(Number(next[0]?.offset)).toBe(32 * 128 * KIB)
    const covered = [...first, ...next].reduce((sum, { limit }) => sum + limit, 0)
    expect(covered).toBe(size)
  })

  test('are refused like the file', async () => {
    const here = documentOn(2)
    await expect(getFileHashes(location(documentOn(4)), 0)).rejects.toMatchObject({
      code: 303,
      newDc: 4,
    })
    const stale = location(here, { fileReference: Buffer.alloc(20, 7) })
    await expect(getFileHashes(stale, 0)).rejects.toMatchObject({
      errorMessage: 'FILE_REFERENCE_INVALID',
    })
    await expect(getFileHashes(location(here), -1)).rejects.toMatchObject({
      errorMessage: 'OFFSET_INVALID',
    })
  })
})

test('a client with cdn_supported gets the bytes directly', async () => {
  const request = { location: location(documentOn(2)), offset: returnBigInt(0), limit: 4 * KIB }
  const file = await client.invoke(new Api.upload.GetFile({ ...request, cdnSupported: true }))
  expect(file).toBeInstanceOf(Api.upload.File)
})

describe('a file', () => {
  test('of another data centre is refused with its number', async () => {
    await expect(
      getFile({ location: location(documentOn(4)), offset: 0, limit: 4 * KIB }),
    ).rejects.toMatchObject({ code: 303, newDc: 4 })
  })

  test.each([
    ['no reference', Buffer.alloc(0), 'FILE_REFERENCE_EMPTY'],
    ['a made-up reference', Buffer.alloc(20, 7), 'FILE_REFERENCE_INVALID'],
  ])('needs its reference: %s', async (_name, fileReference, errorMessage) => {
    const stale = location(documentOn(2), { fileReference })
    await expect(getFile({ location: stale, offset: 0, limit: 4 * KIB })).rejects.toMatchObject({
      errorMessage,
    })
  })

  test('is not found under a wrong access hash', async () => {
    const wrong = location(documentOn(2), { accessHash: returnBigInt(1) })
    await expect(getFile({ location: wrong, offset: 0, limit: 4 * KIB })).rejects.toMatchObject({
      errorMessage: 'FILE_ID_INVALID',
    })
  })
})

test('an account of data centre 4 reads files of data centre 2', async () => {
  const other = await connect(emulator)
  await signIn(other, '+9996641003')
  const wanted = messages.find(({ document }) => document?.id.eq(documentOn(2).id))
  const [message] = await other.getMessages('some_files', { ids: [wanted?.id ?? 0] })
  const bytes = (await other.downloadMedia(message as Api.Message)) as Buffer
  expect(bytes).toHaveLength(Number(documentOn(2).size))
  await other.destroy()
})

test('signing out ends the login on the other data centre too', async () => {
  const other = await connect(emulator)
  const { id } = await signIn(other, '+9996625555')
  const wanted = messages.find(({ document }) => document?.id.eq(documentOn(4).id))
  const [message] = await other.getMessages('some_files', { ids: [wanted?.id ?? 0] })
  await other.downloadMedia(message as Api.Message)
  const keys = () => emulator.world.authKeys.ofAccount(BigInt(String(id))).map(({ dcId }) => dcId)
  expect(keys()).toEqual([2, 4])
  const { authorizations } = await other.invoke(new Api.account.GetAuthorizations())
  expect(authorizations).toHaveLength(1)
  await other.invoke(new Api.auth.LogOut())
  expect(keys()).toEqual([])
  await other.destroy()
})

test('exported authorizations are valid once, and only for their account and data centre', async () => {
  await expect(client.invoke(new Api.auth.ExportAuthorization({ dcId: 3 }))).rejects.toMatchObject({
    errorMessage: 'DC_ID_INVALID',
  })
  const { id, bytes } = await client.invoke(new Api.auth.ExportAuthorization({ dcId: 4 }))
  await expect(
    client.invoke(new Api.auth.ImportAuthorization({ id, bytes })),
  ).rejects.toMatchObject({ errorMessage: 'AUTH_BYTES_INVALID' })
})
