import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { listHash } from '../src/rpc/list-hash.ts'
import { control } from './control.ts'
import { connect, signIn } from './gramjs.ts'
import { accessHashFor } from '../src/world/access-hash.ts'
import { accountIdOf } from './input-channel.ts'

const PHONE = '+9996621001'

const GROUP = 9701
const CHANNEL = 9702

let emulator: OpenEmulator
let client: TelegramClient
let me: Api.User

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  await send('/channels', { id: GROUP, title: 'Group', kind: 'supergroup', username: 'a_group' })
  await send(`/channels/${GROUP}/generate`, { messages: 50, seed: 3 })
  await send('/channels', { id: CHANNEL, title: 'Channel', username: 'a_channel' })
  client = await connect(emulator)
  me = await signIn(client, PHONE)
})

afterAll(async () => {
  await client.destroy()
  await emulator.close()
})

async function send(path: string, body: object): Promise<void> {
  const init = { method: 'POST', body: JSON.stringify(body) }
  expect((await fetch(`${emulator.controlUrl}${path}`, init)).ok).toBe(true)
}

test('a group lists its members in pages', async () => {
  const { accounts, channels } = emulator.world
  const group = channels.get(BigInt(GROUP))
  if (group === undefined) throw new Error('the group is there')
  const joined = [...accounts.all()].filter((account) => channels.isMember(account, group))
  const count = joined.length + group.blueprint.people.length
  const all = await client.getParticipants('a_group', {})
  expect(new Set(Array.from(all, ({ id }) => String(id))).size).toBe(count)
  const page = await client.invoke(
    new Api.channels.GetParticipants({
      channel: 'a_group',
      filter: new Api.ChannelParticipantsRecent(),
      offset: 60,
      limit: 100,
    }),
  )
  expect(page).toMatchObject({ count, participants: { length: count - 60 } })
})

test('members are found by name, bots and admins by filter', async () => {
  const bots = await client.getParticipants('a_group', {
    filter: new Api.ChannelParticipantsBots(),
  })
  expect(bots.length).toBeGreaterThan(0)
  expect(bots.every(({ bot }) => bot)).toBe(true)
  const found = await client.getParticipants('a_group', {
    search: me.username?.toUpperCase() ?? '',
  })
  expect(Array.from(found, ({ username }) => username)).toEqual([me.username])
  const filter = new Api.ChannelParticipantsAdmins()
  expect(await client.getParticipants('a_group', { filter })).toHaveLength(0)
  emulator.world.admins.appoint(BigInt(GROUP), BigInt(String(me.id)))
  expect(await client.getParticipants('a_group', { filter })).toHaveLength(1)
})

test('one member can be requested', async () => {
  const ask = (channel: string, participant: string) =>
    client.invoke(new Api.channels.GetParticipant({ channel, participant }))
  expect((await ask('a_channel', 'me')).participant).toBeInstanceOf(Api.ChannelParticipantSelf)
  const person = emulator.world.channels
    .get(BigInt(GROUP))
    ?.blueprint.people.find(({ username }) => username !== null)
  const username = person?.username ?? ''
  expect((await ask('a_group', username)).participant).toBeInstanceOf(Api.ChannelParticipant)
  await expect(ask('a_channel', username)).rejects.toMatchObject({
    errorMessage: 'USER_NOT_PARTICIPANT',
  })
})

test('subscribers of a channel are listed for admins only', async () => {
  await expect(client.getParticipants('a_channel', {})).rejects.toMatchObject({
    errorMessage: 'CHAT_ADMIN_REQUIRED',
  })
  emulator.world.admins.appoint(BigInt(CHANNEL), BigInt(String(me.id)))
  expect((await client.getParticipants('a_channel', {})).length).toBeGreaterThan(0)
})

test('a page that a client has is not sent again', async () => {
  const request = {
    channel: 'a_group',
    filter: new Api.ChannelParticipantsRecent(),
    offset: 0,
    limit: 3,
  }
  const ask = (hash: bigint) =>
    client.invoke(new Api.channels.GetParticipants({ ...request, hash: returnBigInt(hash) }))
  const { users } = (await ask(0n)) as Api.channels.ChannelParticipants
  const hash = listHash(users.map(({ id }) => BigInt(String(id))))
  expect(await ask(hash)).toBeInstanceOf(Api.channels.ChannelParticipantsNotModified)
  expect(await ask(hash + 1n)).toBeInstanceOf(Api.channels.ChannelParticipants)
})

describe('the number of participants', () => {
  async function counts(
    id: number,
  ): Promise<{ shown: number | undefined; full: number | undefined; described: number }> {
    const channel = emulator.world.channels.get(BigInt(id))
    const input = new Api.InputChannel({
      channelId: returnBigInt(id),
      accessHash: returnBigInt(
        accessHashFor(accountIdOf(PHONE), channel?.blueprint.accessHash ?? 0n),
      ),
    })
    const { fullChat, chats } = await client.invoke(
      new Api.channels.GetFullChannel({ channel: input }),
    )
    const all = (await control(emulator, 'GET', '/channels')) as {
      id: number
      participants: number
    }[]
    return {
      shown: (chats[0] as Api.Channel).participantsCount,
      full: (fullChat as Api.ChannelFull).participantsCount,
      described: all.find((one) => one.id === id)?.participants ?? -1,
    }
  }

  const same = (count: number) => ({ shown: count, full: count, described: count })

  test('is the number of members', async () => {
    await send('/channels', { id: 9703, title: 'Few', username: 'few_people', members: 'none' })
    expect(await counts(9703)).toEqual(same(0))
    await send('/channels/9703/members', { add: [String(me.id), '+9996622001', '+9996622002'] })
    await send('/channels/9703/members', { add: ['+9996622002'] })
    expect(await counts(9703)).toEqual(same(3))
    await send('/channels/9703/members', { remove: ['+9996622001'] })
    expect(await counts(9703)).toEqual(same(2))
    await client.invoke(new Api.channels.LeaveChannel({ channel: 'few_people' }))
    expect(await counts(9703)).toEqual(same(1))
  })

  test('is the number of listed participants', async () => {
    const { count } = (await client.invoke(
      new Api.channels.GetParticipants({
        channel: 'a_group',
        filter: new Api.ChannelParticipantsRecent(),
        offset: 0,
        limit: 1,
        hash: returnBigInt(0),
      }),
    )) as Api.channels.ChannelParticipants
    expect(await counts(GROUP)).toEqual(same(count))
  })

  test('is the set number, but never less than the listed participants', async () => {
    await send('/channels', {
      id: 9704,
      title: 'Many',
      username: 'many_people',
      participants: 51_000,
    })
    expect(await counts(9704)).toEqual(same(51_000))
    await send('/channels/9704/generate', { messages: 5, seed: 1 })
    expect(await counts(9704)).toEqual(same(51_000))
    const changed = await control(emulator, 'PATCH', '/channels/9704', { participants: 1 })
    const { accounts, channels } = emulator.world
    const people = channels.get(9704n)?.blueprint.people.length ?? 0
    expect(changed).toMatchObject({ participants: accounts.count + people })
  })
})
