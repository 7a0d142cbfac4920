import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { messagesOf } from './control.ts'
import { connect, signIn } from './gramjs.ts'

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

function start(): Promise<OpenEmulator> {
  return startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir })
}

async function send(path: string, body: object): Promise<{ status: number; body: Answer }> {
  const response = await fetch(`${emulator.controlUrl}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Answer }
}

type Answer = Record<string, unknown> & { id: number }

describe('a generated channel', () => {
  test('has the requested number of messages, and the same ones after a restart', async () => {
    const made = await send('/channels', { title: 'Made', username: 'made_here' })
    expect(made).toMatchObject({ status: 201, body: { title: 'Made', messages: 0 } })
    const { id } = made.body
    const content = { messages: 301, seed: 7, archetype: 'shop', last_date: 1_780_000_000 }
    expect((await send(`/channels/${id}/generate`, content)).body).toMatchObject({ messages: 301 })
    const before = await messagesOf(emulator, BigInt(id))
    expect(before).toHaveLength(301)
    expect(before.at(-1)?.date).toMatch(/^2026-05/)
    await emulator.close()
    emulator = await start()
    expect(await messagesOf(emulator, BigInt(id))).toEqual(before)
    const other = { ...content, seed: 8 }
    await send(`/channels/${id}/generate`, other)
    expect(await messagesOf(emulator, BigInt(id))).not.toEqual(before)
  })

  test('is unchanged by export and import, including files', async () => {
    for (const [id, kind, archetype] of [
      [501, 'supergroup', 'community'],
      [502, 'broadcast', 'library'],
      [503, 'broadcast', 'moneyLessons'],
    ] as const) {
      await send('/channels', { id, title: `${kind} "1"`, kind })
      await send(`/channels/${id}/generate`, {
        messages: 150,
        seed: 'x',
        archetype,
        max_file_size: 90_000,
      })
      const before = await messagesOf(emulator, BigInt(id))
      const exported = await fetch(`${emulator.controlUrl}/channels/${id}/export`)
      const text = await exported.text()
      expect(JSON.parse(text)).toMatchObject({ id, name: `${kind} "1"`, type: expect.any(String) })
      const imported = await fetch(`${emulator.controlUrl}/channels/${id}/import`, {
        method: 'POST',
        body: text,
      })
      expect(await imported.json()).toMatchObject({ id, kind, messages: 150 })
      expect(await messagesOf(emulator, BigInt(id))).toEqual(before)
      const again = await fetch(`${emulator.controlUrl}/channels/${id}/export`)
      expect(JSON.parse(await again.text())).toEqual(JSON.parse(text))
    }
  })
})

test('a private channel without members is visible to accounts that are added', async () => {
  const { body } = await send('/channels', { title: 'Few', members: 'none' })
  await send('/channels/' + body.id + '/generate', { messages: 3, seed: 1 })
  const client = await connect(emulator)
  const { id } = await signIn(client, '+9996621001')
  expect(await client.getDialogs({})).toHaveLength(0)
  const added = await send(`/channels/${body.id}/members`, { add: ['+9996621001'] })
  expect(added.body).toEqual({ members: [String(id)] })
  const [dialog] = await client.getDialogs({})
  expect(dialog?.title).toBe('Few')
  expect(
    (await client.getMessages(dialog?.inputEntity, { limit: 9 })).map((m) => m.id),
  ).toHaveLength(3)
  await emulator.close()
  emulator = await start()
  const removed = await send(`/channels/${body.id}/members`, { remove: [String(id)] })
  expect(removed.body).toEqual({ members: [] })
  await client.destroy()
})

test('a channel is a dialog once it has a message', async () => {
  const { body } = await send('/channels', { title: 'Nothing yet' })
  const client = await connect(emulator)
  await signIn(client, '+9996621001')
  const titles = async () => (await client.getDialogs({})).map(({ title }) => title)
  expect(await titles()).not.toContain('Nothing yet')
  await send('/messages', { channel_id: body.id, text: 'something' })
  expect(await titles()).toContain('Nothing yet')
  await client.destroy()
})

test('accounts can be created with names and a password', async () => {
  const input = {
    phone: '+9996645555',
    first_name: 'Ада',
    username: 'ada_five',
    password: 'secret',
  }
  const made = await send('/accounts', input)
  expect(made.body).toMatchObject({
    phone: '+9996645555',
    dc: 4,
    code: '44444',
    has_password: true,
  })
  const client = await connect(emulator)
  const user = await signIn(client, '+9996645555', 'secret')
  expect([user.firstName, user.username]).toEqual(['Ада', 'ada_five'])
  await client.destroy()
})

test.each([
  ['/accounts', { phone: '+15551234567' }, 400],
  ['/accounts', { phone: '+9996645555', dc: 2 }, 400],
  ['/accounts', { phone: '+9996645555', username: 'taken_name' }, 409],
  ['/channels', { title: 'x', username: 'taken_name' }, 409],
  ['/channels', { title: 'x', id: 77 }, 409],
  ['/channels', { title: 'x', id: 77 + 268_435_399 }, 409],
  ['/channels', { title: 'x', id: 0 }, 400],
  ['/channels', { title: '' }, 400],
  ['/channels/77/generate', { messages: -1, seed: 1 }, 400],
  ['/channels/77/generate', { messages: 5, seed: 1, archetype: 'none' }, 400],
  ['/channels/78/generate', { messages: 5, seed: 1 }, 404],
  ['/channels/77/members', { add: [5] }, 404],
])('%s refuses %j with %i', async (path, body, status) => {
  await send('/channels', { id: 77, title: 'There', username: 'taken_name' })
  expect((await send(path, body)).status).toBe(status)
})
