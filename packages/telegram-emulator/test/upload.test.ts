import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CustomFile } from 'telegram/client/uploads.js'
import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { Api } from 'telegram/tl/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { readFile } from '../src/media/read-file.ts'
import { connect, signIn } from './gramjs.ts'

const KIB = 1024

let dataDir: string
let emulator: OpenEmulator
let client: TelegramClient

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'emulator-'))
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir })
  client = await connect(emulator)
  await signIn(client, '+9996621001')
})

afterAll(async () => {
  await client.destroy()
  await emulator.close()
  rmSync(dataDir, { recursive: true })
})

async function upload(bytes: Buffer, name: string): Promise<Api.TypeInputFile> {
  return client.uploadFile({ file: new CustomFile(name, bytes.length, '', bytes), workers: 2 })
}

async function uploadMedia(media: Api.TypeInputMedia): Promise<Api.TypeMessageMedia> {
  return client.invoke(new Api.messages.UploadMedia({ peer: 'me', media }))
}

function asDocument(file: Api.TypeInputFile, rest: { thumb?: Api.TypeInputFile } = {}) {
  const attributes = [new Api.DocumentAttributeFilename({ fileName: 'a.bin' })]
  const mimeType = 'application/octet-stream'
  return new Api.InputMediaUploadedDocument({ file, mimeType, attributes, ...rest })
}

async function documentOf(media: Api.TypeInputMedia): Promise<Api.Document> {
  const sent = (await uploadMedia(media)) as Api.MessageMediaDocument
  return sent.document as Api.Document
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test.each([
  ['small', 100_001],
  ['big', 11 * KIB * KIB + 5],
])('a %s file comes back as it was uploaded', async (_, size) => {
  const bytes = randomBytes(size)
  const document = await documentOf(asDocument(await upload(bytes, 'a.bin')))
  expect([Number(document.size), document.attributes.length]).toEqual([size, 1])
  const media = new Api.MessageMediaDocument({ document })
  const back = (await client.downloadMedia(media)) as Buffer
  expect(sha256(back)).toBe(sha256(bytes))
})

function picture(width: number, height: number, size: number): Buffer {
  const spec = { id: 5n, format: 'jpeg', size, name: null, mimeType: '', width, height } as const
  return readFile(spec, 0, size)
}

test('a photo has the dimensions of the picture, smaller sizes, and its own bytes as the largest', async () => {
  const bytes = picture(1280, 960, 200_000)
  const file = await upload(bytes, 'a.jpg')
  const media = (await uploadMedia(
    new Api.InputMediaUploadedPhoto({ file, spoiler: true }),
  )) as Api.MessageMediaPhoto
  expect(media.spoiler).toBe(true)
  const photo = media.photo as Api.Photo
  expect(photo.sizes.map((size) => (size as Api.PhotoSize).type)).toEqual(['i', 'm', 'x', 'y'])
  expect(await client.downloadMedia(media)).toEqual(bytes)
  const small = (await client.downloadMedia(media, { thumb: 1 })) as Buffer
  expect(small.subarray(0, 2)).toEqual(Buffer.of(0xff, 0xd8))
  expect(small.length).toBeLessThan(bytes.length)
})

test('a document keeps its attributes and its thumbnail', async () => {
  const thumb = picture(320, 240, 3000)
  const document = await documentOf(
    new Api.InputMediaUploadedDocument({
      file: await upload(randomBytes(5000), 'film.mp4'),
      thumb: await upload(thumb, 'thumb.jpg'),
      mimeType: 'video/mp4',
      attributes: [
        new Api.DocumentAttributeVideo({ duration: 2.5, w: 640, h: 360, roundMessage: true }),
        new Api.DocumentAttributeFilename({ fileName: 'Фильм.mp4' }),
      ],
      nosoundVideo: true,
    }),
  )
  expect(document.attributes).toMatchObject([
    { className: 'DocumentAttributeVideo', duration: 2.5, nosound: true },
    { className: 'DocumentAttributeFilename', fileName: 'Фильм.mp4' },
  ])
  const media = new Api.MessageMediaDocument({ document })
  expect(await client.downloadMedia(media, { thumb: 0 })).toEqual(thumb)
})

test('force_file makes a plain file', async () => {
  const media = (await uploadMedia(
    new Api.InputMediaUploadedDocument({
      file: await upload(picture(300, 200, 2000), 'a.jpg'),
      mimeType: 'image/jpeg',
      attributes: [new Api.DocumentAttributeAnimated()],
      forceFile: true,
    }),
  )) as Api.MessageMediaDocument
  const { attributes } = media.document as Api.Document
  expect(attributes).toMatchObject([{ className: 'DocumentAttributeImageSize', w: 300, h: 200 }])
})

test.each([
  ['no picture', randomBytes(5000), 'IMAGE_PROCESS_FAILED'],
  ['too narrow', picture(1000, 10, 9000), 'PHOTO_INVALID_DIMENSIONS'],
])('a photo of %s is refused', async (_, bytes, errorMessage) => {
  const file = await upload(bytes, 'a.jpg')
  await expect(uploadMedia(new Api.InputMediaUploadedPhoto({ file }))).rejects.toMatchObject({
    errorMessage,
  })
})

test("invalid uploads are refused with Telegram's error texts", async () => {
  const part = { fileId: returnBigInt(77), filePart: 0 }
  await expect(
    client.invoke(new Api.upload.SaveFilePart({ ...part, bytes: Buffer.alloc(600 * KIB) })),
  ).rejects.toMatchObject({ code: 400, errorMessage: 'FILE_PART_TOO_BIG' })
  const file = new Api.InputFileBig({ id: returnBigInt(78), parts: 3, name: 'x' })
  await expect(uploadMedia(asDocument(file))).rejects.toMatchObject({
    errorMessage: expect.stringMatching(/^FILE_PART_0_MISSING$|part 0/i),
  })
})

test('an uploaded file can be sent again by its id, after a restart too', async () => {
  const bytes = randomBytes(70_000)
  const document = await documentOf(asDocument(await upload(bytes, 'a.bin')))
  const session = client.session as never
  await client.destroy()
  await emulator.close()
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir })
  client = await connect(emulator, session)
  const { id, accessHash, fileReference } = document
  const known = new Api.InputDocument({ id, accessHash, fileReference })
  const again = await documentOf(new Api.InputMediaDocument({ id: known }))
  const media = new Api.MessageMediaDocument({ document: again })
  expect(await client.downloadMedia(media)).toEqual(bytes)

  emulator.world.fileReferences.expireAll()
  await expect(uploadMedia(new Api.InputMediaDocument({ id: known }))).rejects.toMatchObject({
    errorMessage: 'FILE_REFERENCE_EXPIRED',
  })
})
