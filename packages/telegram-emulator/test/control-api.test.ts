import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { messagesOf, post } from './control.ts'
import { connect, signIn } from './gramjs.ts'
import { smallChannel } from './small-channel.ts'

let emulator: OpenEmulator

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  emulator.world.channels.add(
    smallChannel({ id: 8001n, title: 'Posts', username: 'some_posts', ids: [1, 2, 10] }),
  )
})

afterAll(() => emulator.close())

async function request(path: string, body?: string): Promise<{ status: number; body: unknown }> {
  const init = body === undefined ? {} : { method: 'POST', body }
  const response = await fetch(`${emulator.controlUrl}${path}`, init)
  return { status: response.status, body: await response.json() }
}

test('states the addresses and the key of the data centres', async () => {
  expect((await request('/dcs')).body).toEqual([
    { id: 2, ip: '127.0.0.1', port: expect.any(Number) },
    { id: 4, ip: '127.0.0.1', port: expect.any(Number) },
  ])
  const key = await fetch(`${emulator.controlUrl}/key`)
  expect(key.headers.get('content-type')).toMatch('text/plain')
  expect(await key.text()).toMatch(/^-----BEGIN RSA PUBLIC KEY-----\n/)
  expect((await request('/health')).body).toEqual({ ok: true })
})

test('ports of data centres fit into 16 signed bits', () => {
  for (const { port } of emulator.dcs) expect(port).toBeLessThanOrEqual(32_767)
})

test('lists channels, and their messages under a bare or a marked id', async () => {
  expect((await request('/channels')).body).toEqual([
    expect.objectContaining({ id: 8001, title: 'Posts', username: 'some_posts', messages: 3 }),
  ])
  const messages = await messagesOf(emulator, 8001n)
  expect((await request('/channels/-1000000008001/messages')).body).toEqual(messages)
  expect(messages.map(({ id }) => id)).toEqual([1, 2, 10])
  expect(messages[0]).toEqual({
    id: 1,
    date: '2023-11-14T22:13:30.000Z',
    text: 'message 1',
    media: null,
  })
  expect(messages[2]?.media).toEqual({
    kind: 'document',
    name: 'report 10.pdf',
    size: 710_000,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('counts calls, errors and peers per key', async () => {
  const client = await connect(emulator)
  await signIn(client, '+9996621001')
  await expect(client.getEntity('nobody_here')).rejects.toThrow()
  const { body } = await request('/stats')
  expect(body).toContainEqual(
    expect.objectContaining({
      dc_id: 2,
      open_connections: 1,
      distinct_peers: 1,
      max_distinct_peers: 1,
      rpcs: expect.objectContaining({ 'auth.signIn': 1, 'contacts.resolveUsername': 1 }),
      errors_sent: { USERNAME_NOT_OCCUPIED: 1 },
    }),
  )
  await client.destroy()
})

describe('impossible requests are refused with a reason', () => {
  const text = 'x'
  test.each([
    ['/channels/999/messages', undefined, 404, 'channel_not_found'],
    ['/channels/abc/messages', undefined, 404, 'channel_not_found'],
    ['/nothing', undefined, 404, 'not_found'],
    ['/messages', undefined, 405, 'method_not_allowed'],
    ['/messages', '{', 400, 'invalid_json'],
    ['/messages', '{}', 400, 'invalid_input'],
    ['/messages', JSON.stringify({ channel_id: 8001, text, extra: 1 }), 400, 'invalid_input'],
    ['/messages', JSON.stringify({ channel_id: 9, text }), 404, 'channel_not_found'],
    ['/messages', ' '.repeat(1 << 21), 413, 'body_too_large'],
  ])('%s %.20s → %i %s', async (path, body, status, code) => {
    expect(await request(path, body)).toMatchObject({ status, body: { status, code } })
  })
})

test('a post is listed at once', async () => {
  const { id } = await post(emulator, { channel_id: 8001, text: 'fresh' })
  expect(id).toBe(11)
  expect((await messagesOf(emulator, 8001n)).at(-1)).toMatchObject({ id, text: 'fresh' })
})
