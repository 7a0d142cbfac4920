import type { NewPost } from '@telegather/telegram-emulator/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addRun, addSource, createWorld, runIn, startWorker, type World } from './scraper.ts'

let world: World
let channelId: number
let operators: string
const DONE = ['COMPLETED', 'FAILED']

beforeAll(async () => {
  world = await createWorld()
  await world.database.db.$client`update sessions set use_for_public = false`
  const { control } = world.emulator
  channelId = (await control.addChannel({ title: 'By bots', username: 'by_bots' })).id
  await post({ text: 'Post {n}', count: 230 })
  await post({ text: 'with a file', media: { kind: 'document', size: 300_000 } })
  await control.delete(channelId, 100)
  operators = await addBot()
})
afterAll(() => world.close())

const post = (message: Omit<NewPost, 'channel_id'>) =>
  world.emulator.control.post({ channel_id: channelId, ...message })

/** A bot that is an administrator of the channel. */
async function addBot(dc: 2 | 4 = 2): Promise<string> {
  const { control } = world.emulator
  const { id, bot_token: token } = await control.addBot({ dc })
  await control.changeAdmins(channelId, { add: [id] })
  return token
}

const addOpenSource = () => addSource(world, { identifier: '@by_bots', sessionId: null })

const stats = () => world.emulator.control.stats()

test('a bot reads a channel that no session may read, logs in once, and calls only methods allowed to bots', async () => {
  const worker = startWorker(world, { botToken: operators })
  const { sourceId, runId } = await addOpenSource()
  const first = await runIn(world, runId, DONE)
  expect(first).toMatchObject({ error: null, messages_stored: 230, files_stored: 1 })
  await post({ text: 'news' })
  await world.emulator.control.edit(channelId, 5, { text: 'edited' })
  const second = await runIn(world, await addRun(world, sourceId), DONE)
  expect(second).toMatchObject({ error: null, messages_stored: 1 })
  await worker.stop()

  const { $client } = world.database.db
  const rows = await $client`
    select message_id as id, text from messages where source_id = ${sourceId} order by message_id`
  const truth = await world.emulator.control.messages(channelId)
  expect(Array.from(rows)).toEqual(truth.map(({ id, text }) => ({ id, text })))
  const versions = await $client`select text from message_versions where source_id = ${sourceId}`
  expect(Array.from(versions)).toEqual([{ text: 'Post 5' }])

  const seen = await stats()
  const count = (name: string) => seen.reduce((sum, { rpcs }) => sum + (rpcs[name] ?? 0), 0)
  expect(count('auth.importBotAuthorization')).toBe(1)
  expect(seen.some(({ errors_sent: errors }) => 'BOT_METHOD_INVALID' in errors)).toBe(false)
  expect(Math.max(...seen.map((key) => key.max_distinct_peers))).toBe(1)
  const [bot] = await $client`
    select phone_number, use_for_public, state, encrypted_auth from sessions where origin = 'bot'`
  expect(bot).toMatchObject({ phone_number: '', use_for_public: false, state: 'active' })
  expect(bot?.['encrypted_auth']).not.toContain('"keys"')
})

test('a source’s bot takes precedence over the operator’s, in any data centre, and logs in again after its login was lost', async () => {
  const { sourceId, runId } = await addOpenSource()
  const token = world.bots.keys.encrypt(await addBot(4))
  await world.database.db.$client`
    update sources set encrypted_bot_token = ${token} where id = ${sourceId}`
  const worker = startWorker(world, { botToken: operators })
  expect(await runIn(world, runId, DONE)).toMatchObject({ error: null, messages_stored: 231 })
  const { $client } = world.database.db
  const sessionOf = async () => {
    const [row] = await $client`select channel_session_id as id from sources where id = ${sourceId}`
    return row?.['id'] as number
  }
  const before = await sessionOf()
  await $client`update sessions set state = 'needs_login' where id = ${before}`
  await post({ text: 'more news' })
  expect(await runIn(world, await addRun(world, sourceId), DONE)).toMatchObject({
    error: null,
    messages_stored: 1,
  })
  expect(await sessionOf()).not.toBe(before)
  await worker.stop()
})

test('a bot reads from the first post that is not before `since`', async () => {
  const { control } = world.emulator
  const { id } = await control.addChannel({ title: 'Long', username: 'long_ago' })
  await control.generate(id, { messages: 900, seed: 1, max_file_size: 1000 })
  const bot = await control.addBot()
  await control.changeAdmins(id, { add: [bot.id] })
  const truth = await control.messages(id)
  const since = truth[430]?.date ?? ''
  const { sourceId, runId } = await addSource(world, { identifier: '@long_ago', sessionId: null })
  const { $client } = world.database.db
  await $client`
    update sources set since = ${since}, with_media = false where id = ${sourceId}`
  const worker = startWorker(world, { botToken: bot.bot_token })
  expect(await runIn(world, runId, DONE)).toMatchObject({ error: null })
  await worker.stop()
  const rows = await $client`
    select message_id as id from messages where source_id = ${sourceId} order by message_id`
  const expected = truth.filter(({ date }) => date >= since)
  expect(rows.map((row) => row['id'] as number)).toEqual(expected.map((message) => message.id))
})

test.each([
  [
    'no bot',
    () => null,
    'No session can read this channel: log an account in, or give the source the token of a bot that is an administrator of the channel',
  ],
  [
    'a token that is wrong',
    () => '6700000009:AAE-nobody-has-this-token-000000',
    'The bot cannot log in: Telegram does not accept the bot token',
  ],
  [
    'a bot that is no administrator of the channel',
    async () => (await world.emulator.control.addBot()).bot_token,
    'The bot cannot read this channel: it must be an administrator of it, or an account must be logged in',
  ],
])('a run with %s fails with an error that names the remedy', async (_, token, error) => {
  const worker = startWorker(world, { botToken: await token() })
  const { runId } = await addOpenSource()
  expect(await runIn(world, runId, DONE)).toMatchObject({ state: 'FAILED', attempt: 1, error })
  await worker.stop()
})

test('the operator’s bot reads no tenant’s source', async () => {
  const tenantId = crypto.randomUUID()
  const { $client } = world.database.db
  await $client`insert into tenants (id, name) values (${tenantId}, 'theirs')`
  const { sourceId, runId } = await addOpenSource()
  await $client`update sources set owner_kind = 'tenant', owner_id = ${tenantId} where id = ${sourceId}`
  const worker = startWorker(world, { botToken: operators })
  expect(await runIn(world, runId, DONE)).toMatchObject({
    state: 'FAILED',
    error: expect.stringMatching(/^No session can read this channel/),
  })
  await worker.stop()
})
