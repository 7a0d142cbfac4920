import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from 'telegram/tl/index.js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { messagesOf, post } from './control.ts'
import { connect, signIn, WHOLE_HISTORY } from './gramjs.ts'

/** An export of a real channel, which is not part of the project. */
const REAL_EXPORT = fileURLToPath(
  new URL('../../../../shared/data/desktop-export/result.json', import.meta.url),
)

const EXPORT = {
  name: 'Small export',
  type: 'public_channel',
  id: 1_234_567_890,
  messages: [
    { id: 1, type: 'service', date_unixtime: '1700000000', action: 'create_channel', title: 'x' },
    {
      id: 4,
      type: 'message',
      date_unixtime: '1700000100',
      from: 'Small export',
      from_id: 'channel1234567890',
      text: ['bold ', { type: 'bold', text: 'words' }],
    },
    {
      id: 5,
      type: 'message',
      date_unixtime: '1700000200',
      from: 'Small export',
      from_id: 'channel1234567890',
      file: 'files/report.pdf',
      file_name: 'report.pdf',
      file_size: 123_456,
      mime_type: 'application/pdf',
      text: '',
    },
  ],
}

let dataDir: string
let emulator: OpenEmulator

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'emulator-'))
  emulator = await start()
})

afterEach(async () => {
  await emulator.close()
  rmSync(dataDir, { recursive: true })
})

function start(world = 'empty'): Promise<OpenEmulator> {
  return startEmulator({ port: 0, controlPort: 0, world, dataDir })
}

async function importInto(channelId: string, body: string): Promise<Response> {
  return fetch(`${emulator.controlUrl}/channels/${channelId}/import`, { method: 'POST', body })
}

test('an export becomes a channel of the given id, for every account, and survives a restart', async () => {
  const answer = await importInto('777', JSON.stringify(EXPORT))
  expect(answer.status).toBe(201)
  expect(await answer.json()).toMatchObject({ id: 777, title: 'Small export', messages: 3 })
  const { id } = await post(emulator, { channel_id: 777, text: 'since then' })
  const before = await messagesOf(emulator, 777n)
  expect(before.map((message) => message.text)).toEqual(['', 'bold words', '', 'since then'])
  expect(before[2]?.media).toMatchObject({ kind: 'document', name: 'report.pdf', size: 123_456 })

  await emulator.close()
  emulator = await start()
  expect(await messagesOf(emulator, 777n)).toEqual(before)
  const client = await connect(emulator)
  await signIn(client, '+9996621001')
  const [dialog] = await client.getDialogs({})
  expect(dialog?.message?.id).toBe(id)
  const [message] = await client.getMessages(dialog?.inputEntity, { ids: [5] })
  const bytes = (await client.downloadMedia(message as Api.Message)) as Buffer
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(before[2]?.media?.sha256)
  await client.destroy()
})

test("an import replaces the channel's content, including posts", async () => {
  await importInto('777', JSON.stringify(EXPORT))
  await post(emulator, { channel_id: 777, text: 'to be forgotten' })
  const shorter = { ...EXPORT, messages: EXPORT.messages.slice(0, 2) }
  await importInto('-1000000000777', JSON.stringify(shorter))
  await emulator.close()
  emulator = await start()
  expect((await messagesOf(emulator, 777n)).map(({ id }) => id)).toEqual([1, 4])
})

test('an export can be named by its path, or be the world itself', async () => {
  const path = join(dataDir, 'result.json')
  writeFileSync(path, JSON.stringify(EXPORT))
  expect((await importInto('888', JSON.stringify({ path }))).status).toBe(201)
  await emulator.close()
  emulator = await start(path)
  expect(await messagesOf(emulator, 888n)).toHaveLength(3)
  expect(await messagesOf(emulator, 1_234_567_890n)).toHaveLength(3)
})

test.each([
  ['777', 'no json at all', 400, 'invalid_export'],
  ['777', '{"type": "personal_chat", "id": 1, "messages": []}', 400, 'invalid_export'],
  ['777', '{"path": "/nowhere/result.json"}', 400, 'unreadable_path'],
  ['x', JSON.stringify(EXPORT), 400, 'invalid_input'],
])('into %s: %.30s → %i %s', async (channelId, body, status, code) => {
  const answer = await importInto(channelId, body)
  expect(await answer.json()).toMatchObject({ status, code })
})

test("a channel whose file ids collide with another's is refused", async () => {
  await importInto('777', JSON.stringify(EXPORT))
  const answer = await importInto(String(777 + 268_435_399), JSON.stringify(EXPORT))
  expect(await answer.json()).toMatchObject({ status: 409, code: 'conflict' })
})

test.skipIf(!existsSync(REAL_EXPORT))(
  'a real export can be read completely by a client',
  async () => {
    await importInto('999', JSON.stringify({ path: REAL_EXPORT }))
    const exported = JSON.parse(readFileSync(REAL_EXPORT, 'utf8')) as { messages: { id: number }[] }
    const client = await connect(emulator)
    await signIn(client, '+9996621001')
    await client.getDialogs({})
    const seen: [number, string][] = []
    for await (const message of client.iterMessages('-100999', {
      reverse: true,
      limit: WHOLE_HISTORY,
    })) {
      seen.push([message.id, message.message ?? ''])
    }
    expect(seen).toEqual((await messagesOf(emulator, 999n)).map(({ id, text }) => [id, text]))
    expect(seen.map(([id]) => id)).toEqual(exported.messages.map(({ id }) => id))
    await client.destroy()
  },
)

test('clients get the files beside an export, after a restart too', async () => {
  const folder = join(dataDir, 'ChatExport')
  mkdirSync(join(folder, 'files'), { recursive: true })
  mkdirSync(join(folder, 'photos'))
  const report = randomBytes(300_000)
  const picture = randomBytes(4000)
  writeFileSync(join(folder, 'files', 'report.pdf'), report)
  writeFileSync(join(folder, 'photos', 'photo_1.jpg'), picture)
  writeFileSync(join(dataDir, 'secret.txt'), 'not of this export')
  const common = { type: 'message', from: 'Small export', from_id: 'channel1234567890', text: '' }
  const files = [
    { id: 6, date_unixtime: '1700000300', photo: 'photos/photo_1.jpg', width: 90, height: 80 },
    { id: 7, date_unixtime: '1700000400', file: '../secret.txt', file_size: 18 },
    { id: 8, date_unixtime: '1700000500', file: 'files/missing.bin', file_size: 50 },
  ]
  const messages = [...EXPORT.messages, ...files.map((file) => ({ ...common, ...file }))]
  writeFileSync(join(folder, 'result.json'), JSON.stringify({ ...EXPORT, messages }))
  await importInto('555', JSON.stringify({ path: join(folder, 'result.json') }))
  rmSync(folder, { recursive: true })
  for (let run = 1; run <= 2; run += 1) {
    const media = new Map((await messagesOf(emulator, 555n)).map(({ id, media }) => [id, media]))
    expect(media.get(5)).toMatchObject({
      name: 'report.pdf',
      size: 300_000,
      sha256: sha256(report),
    })
    expect(media.get(6)).toMatchObject({ kind: 'photo', size: 4000, sha256: sha256(picture) })
    expect(media.get(7)).toMatchObject({ size: 18 })
    expect(media.get(7)?.sha256).not.toBe(sha256(Buffer.from('not of this export')))
    expect(media.get(8)).toMatchObject({ size: 50 })
    const client = await connect(emulator)
    await signIn(client, '+9996621001')
    await client.getDialogs({})
    for (const [id, bytes] of [
      [5, report],
      [6, picture],
    ] as const) {
      const [message] = await client.getMessages('-100555', { ids: [id] })
      const downloaded = (await client.downloadMedia(message as Api.Message)) as Buffer
      expect(sha256(downloaded)).toBe(sha256(bytes))
    }
    await client.destroy()
    await emulator.close()
    emulator = await start()
  }
})

test('a world created from an export has the files beside it', async () => {
  const folder = join(dataDir, 'ChatExport')
  mkdirSync(join(folder, 'files'), { recursive: true })
  const report = randomBytes(1000)
  writeFileSync(join(folder, 'files', 'report.pdf'), report)
  writeFileSync(join(folder, 'result.json'), JSON.stringify(EXPORT))
  await emulator.close()
  emulator = await start(join(folder, 'result.json'))
  const media = (await messagesOf(emulator, 1_234_567_890n)).map((message) => message.media)
  expect(media.at(-1)).toMatchObject({ size: 1000, sha256: sha256(report) })
})

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
