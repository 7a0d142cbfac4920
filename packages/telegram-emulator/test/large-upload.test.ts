import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CustomFile } from 'telegram/client/uploads.js'
import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { control } from './control.ts'
import { connect, signIn } from './gramjs.ts'

const KIB = 1024
const PART_BYTES = 512 * KIB

let directory: string
let emulator: OpenEmulator
let client: TelegramClient

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'upload-'))
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  client = await connect(emulator)
  await signIn(client, '+9996621001')
})

afterAll(async () => {
  await client.destroy()
  await emulator.close()
  await rm(directory, { recursive: true })
})

async function sentToSelf(file: Api.TypeInputFile): Promise<Api.Message> {
  const attributes = [new Api.DocumentAttributeFilename({ fileName: 'large.bin' })]
  const mimeType = 'application/octet-stream'
  const media = new Api.InputMediaUploadedDocument({ file, mimeType, attributes })
  const randomId = returnBigInt(randomBytes(6).readUIntBE(0, 6))
  await client.invoke(new Api.messages.SendMedia({ peer: 'me', media, message: '', randomId }))
  const [message] = await client.getMessages('me', { limit: 1 })
  return message as Api.Message
}

/** The state in the emulator of the last message sent. */
async function arrived(): Promise<unknown> {
  const sent = (await control(emulator, 'GET', '/sent')) as { media: unknown }[]
  return sent.at(-1)?.media
}

function description(bytes: Buffer): unknown {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { kind: 'document', name: 'large.bin', size: bytes.length, sha256 }
}

/** The end of a file, from the last whole part on. */
async function endOf(message: Api.Message, offset: number): Promise<Buffer> {
  const file = message.media as Api.TypeMessageMedia
  const chunks: Buffer[] = []
  const range = { file, offset: returnBigInt(offset), requestSize: PART_BYTES }
  for await (const chunk of client.iterDownload(range)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('50 MiB arrive unchanged', { timeout: 60_000 }, async () => {
  const bytes = randomBytes(50 * KIB * KIB)
  const path = join(directory, 'large.bin')
  await writeFile(path, bytes)
  const file = new CustomFile('large.bin', bytes.length, path)
  const message = await sentToSelf(await client.uploadFile({ file, workers: 4 }))
  expect(await arrived()).toEqual(description(bytes))
  expect(await endOf(message, 48 * KIB * KIB)).toEqual(bytes.subarray(48 * KIB * KIB))
})

test('a file whose length is sent only with the last part is accepted', async () => {
  const bytes = randomBytes(2 * PART_BYTES + 1001)
  const id = returnBigInt(4711)
  for (const part of [0, 1, 2]) {
    const call = new Api.upload.SaveBigFilePart({
      fileId: id,
      filePart: part,
      fileTotalParts: part < 2 ? -1 : 3,
      bytes: bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES),
    })
    expect(await client.invoke(call)).toBe(true)
  }
  const message = await sentToSelf(new Api.InputFileBig({ id, parts: 3, name: 'stream.bin' }))
  expect(await arrived()).toEqual(description(bytes))
  expect(await endOf(message, 2 * PART_BYTES)).toEqual(bytes.subarray(2 * PART_BYTES))
})
