import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { METHODS, type MethodName, type Telegram } from '../src/index.ts'
import { filePosts, open, startDemoWorld, type FilePost } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

let emulator: Emulator
let telegram: Telegram
let post: FilePost
beforeAll(async () => {
  const world = await startDemoWorld()
  ;({ emulator } = world)
  telegram = await open(world.config, await signInTestAccount(world.config))
  const [first] = await filePosts(emulator, telegram)
  if (!first) throw new Error('no post with a file')
  post = first
})
afterAll(async () => {
  await telegram.close()
  await emulator.close()
})

/** An argument for each method. */
function argsFor(): Readonly<Record<MethodName, unknown>> {
  const { channel, message, file } = post
  return {
    me: {},
    dialogs: { cursor: null },
    resolveUsername: { username: channel.username },
    invitedChannel: { hash: 'none' },
    channel: { channel },
    channelInfo: { chat: channel },
    historyPage: { channel, afterId: 0 },
    lastIdBefore: { channel, instant: message.date },
    messagesById: { channel, ids: [message.id] },
    newestMessageId: { channel },
    fileChunk: { location: file.location, offset: 0, limit: 4096 },
    logOut: {},
  }
}

/** Telegram's methods that were called so far. */
async function callsByMethod(): Promise<Map<string, number>> {
  const calls = new Map<string, number>()
  for (const { rpcs } of await emulator.control.stats())
    for (const [name, count] of Object.entries(rpcs))
      calls.set(name, (calls.get(name) ?? 0) + count)
  return calls
}

/** Carrying the login to another data centre, and the keep-alive. */
const OF_CONNECTIONS =
  /^(?:auth\.(?:ex|im)portAuthorization|help\.getConfig|ping.*|invokeWithLayer)$/

describe('a method of the port', () => {
  test.each(Object.keys(METHODS) as MethodName[])(
    'calls no other methods of Telegram than it names: %s',
    async (name) => {
      const before = await callsByMethod()
      const call = telegram[name] as (args: unknown) => Promise<unknown>
      // Some are refused: bots alone may ask for the newest id, and the invite link does not exist.
      await call(argsFor()[name]).catch(() => undefined)
      const after = await callsByMethod()
      const called = [...after.keys()].filter(
        (key) => after.get(key) !== before.get(key) && !OF_CONNECTIONS.test(key),
      )
      expect(called).not.toEqual([])
      expect(METHODS[name].tl).toEqual(expect.arrayContaining(called))
    },
  )

  test.each(Object.keys(METHODS) as MethodName[])(
    'takes from its argument the fields that it knows: %s',
    (name) => {
      const args = argsFor()[name] as object
      expect(METHODS[name].args.parse({ ...args, unknown: 1 })).not.toHaveProperty('unknown')
    },
  )

  test.each<[MethodName, unknown]>([
    ['me', null],
    ['dialogs', {}],
    ['dialogs', { cursor: null, limit: 101 }],
    ['resolveUsername', { username: 7 }],
    ['channel', { channel: { id: 'x', accessHash: '1' } }],
    ['channelInfo', { chat: { id: '1' } }],
    ['historyPage', { channel: { id: '1', accessHash: '-1' }, afterId: 1.5 }],
    ['lastIdBefore', { channel: { id: '1', accessHash: '1' }, instant: 'yesterday' }],
    ['messagesById', { channel: { id: '1', accessHash: '1' }, ids: Array(101).fill(1) }],
    ['fileChunk', { location: {}, offset: 0, limit: 4096 }],
  ])('refuses an argument that does not fit its schema: %s %j', (name, args) => {
    expect(METHODS[name].args.safeParse(args).success).toBe(false)
  })

  test.each([
    [0, 4095],
    [4096, 8192],
    [0, 2 * 1024 * 1024],
  ])('refuses a range that Telegram does not serve: %i, %i', (offset, limit) => {
    const { location } = post.file
    expect(METHODS.fileChunk.args.safeParse({ location, offset, limit }).success).toBe(false)
  })
})
