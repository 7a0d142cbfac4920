import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { StringSession } from 'telegram/sessions/index.js'
import { Api } from 'telegram/tl/index.js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { control } from './control.ts'
import { connect, signIn } from './gramjs.ts'
import { EMIL, NORA } from './two-accounts.ts'

let dataDir: string

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'emulator-'))
})

afterEach(() => rmSync(dataDir, { recursive: true }))

function start(): Promise<OpenEmulator> {
  return startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir })
}

function texts({ newMessages }: Pick<Api.updates.Difference, 'newMessages'>): string[] {
  return newMessages.map((message) => (message as Api.Message).message)
}

async function read(client: TelegramClient, peer: string): Promise<unknown[]> {
  const messages = await client.getMessages(peer, { limit: 10 })
  return Array.from(messages, ({ id, message }) => [id, message])
}

test('events survive a restart, and pts continues', async () => {
  const before = await start()
  const client = await connect(before)
  const { username = '' } = (await signIn(client, EMIL)) ?? {}
  const state = await client.invoke(new Api.updates.GetState())
  await control(before, 'POST', '/channels', { id: 4001, title: 'News', username: 'some_news' })
  const tell = (emulator: OpenEmulator, text: string) =>
    control(emulator, 'POST', '/messages', { from: NORA, to: EMIL, text, silent: true })
  const news = (emulator: OpenEmulator, text: string) =>
    control(emulator, 'POST', '/messages', { channel_id: 4001, text, silent: true })
  for (const text of ['one', 'two', 'three']) {
    await tell(before, text)
    await news(before, text)
  }
  await control(before, 'DELETE', '/messages/4001/3')
  await control(before, 'PATCH', '/messages/4001/1', { text: 'edited' })
  await control(before, 'DELETE', `/messages/${username}/3`)
  const randomId = returnBigInt(77)
  const send = (from: TelegramClient) =>
    from.invoke(new Api.messages.SendMessage({ peer: 'me', message: 'note', randomId }))
  await send(client)
  await tell(before, 'gone')
  await control(before, 'DELETE', `/messages/${username}/5`)
  const [sent, emitted] = await records(before)
  const session = String(client.session.save())
  await client.destroy()
  await before.close()

  const after = await start()
  expect(await records(after)).toEqual([sent, emitted])
  const resumed = await connect(after, new StringSession(session))
  const { pts, qts, date } = state
  const difference = await resumed.invoke(
    new Api.updates.GetDifference({ pts, qts, date: date - 1 }),
  )
  expect(texts(difference as Api.updates.Difference)).toEqual(['one', 'two', 'note'])
  await expect(send(resumed)).rejects.toMatchObject({ errorMessage: 'RANDOM_ID_DUPLICATE' })
  expect(await read(resumed, 'some_news')).toEqual([
    [2, 'two'],
    [1, 'edited'],
  ])
  const channel = await resumed.getInputEntity('some_news')
  const { fullChat } = await resumed.invoke(new Api.channels.GetFullChannel({ channel }))
  expect((fullChat as Api.ChannelFull).pts).toBe(6)
  expect(await news(after, 'four')).toMatchObject({ id: 4 })
  expect(await tell(after, 'four')).toMatchObject({ to_id: 6 })
  await resumed.destroy()
  await after.close()
})

async function records(emulator: OpenEmulator): Promise<unknown[]> {
  return [await control(emulator, 'GET', '/sent'), await control(emulator, 'GET', '/emitted')]
}
