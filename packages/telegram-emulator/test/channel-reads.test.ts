import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { post } from './control.ts'
import { connect, signIn } from './gramjs.ts'
import { pushedTo } from './pushed.ts'
import { inputChannel } from './input-channel.ts'
import { smallChannel } from './small-channel.ts'

const PHONE = '+9996621001'
const CHANNEL = inputChannel(PHONE, 7201)

let emulator: OpenEmulator
let reader: TelegramClient
let other: TelegramClient

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  emulator.world.channels.add(
    smallChannel({ id: 7201n, title: 'News', username: null, ids: [1, 2] }),
  )
  reader = await connect(emulator)
  await signIn(reader, PHONE)
  other = await connect(emulator)
  await signIn(other, PHONE)
})

afterAll(async () => {
  await reader.destroy()
  await other.destroy()
  await emulator.close()
})

test('a read position applies to all sessions of the account', async () => {
  const [own, pushed] = [pushedTo(reader), pushedTo(other)]
  const { id } = await post(emulator, { channel_id: 7201, text: 'to be read' })
  await vi.waitFor(() => expect(pushed).toHaveLength(1))
  await reader.invoke(new Api.channels.ReadHistory({ channel: CHANNEL, maxId: id }))
  const read = { className: 'UpdateReadChannelInbox', maxId: id, stillUnreadCount: 0 }
  await vi.waitFor(() => expect(pushed.at(-1)).toMatchObject(read))
  await reader.invoke(new Api.updates.GetState())
  expect(own.map(({ className }) => className)).toEqual(['UpdateNewChannelMessage'])
})

test('an offline session gets the read position in the difference', async () => {
  const { pts, qts, date } = await other.invoke(new Api.updates.GetState())
  await other.disconnect()
  const ids = [
    await post(emulator, { channel_id: 7201, text: 'one' }),
    await post(emulator, { channel_id: 7201, text: 'two' }),
  ]
  const maxId = ids[0]?.id ?? 0
  await reader.invoke(new Api.channels.ReadHistory({ channel: CHANNEL, maxId }))
  await other.connect()
  const difference = await other.invoke(new Api.updates.GetDifference({ pts, qts, date }))
  const { otherUpdates } = difference as Api.updates.Difference
  expect(otherUpdates.map(({ className }) => className)).toEqual([
    'UpdateChannelTooLong',
    'UpdateReadChannelInbox',
  ])
  expect(otherUpdates[1]).toMatchObject({ maxId, stillUnreadCount: 1 })
})
