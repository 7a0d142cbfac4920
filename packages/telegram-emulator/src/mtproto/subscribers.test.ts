import { afterEach, expect, test } from 'vitest'
import type { TlObject } from '../tl/object.ts'
import { closeAll, connectTo, GET_NEAREST, newKey, testCentre } from './test-centre.ts'
import type { TestClient } from './test-client.ts'

afterEach(closeAll)

const PUSHED: TlObject = { _: 'updateShort', update: { _: 'updateConfig' }, date: 1 }
const GET_FILE: TlObject = {
  _: 'upload.getFile',
  location: { _: 'inputPhotoFileLocation' },
  offset: 0n,
  limit: 1,
}

/** Makes a call and waits for its response. */
async function call(client: TestClient, query: TlObject, sessionId?: bigint): Promise<void> {
  client.send(query, sessionId === undefined ? {} : { sessionId })
  await client.nextOf('rpc_result')
}

/** The messages that the client gets before the response to a call. */
async function pushedBefore(client: TestClient): Promise<string[]> {
  client.send({ _: 'ping', ping_id: 7n })
  const names: string[] = []
  for (;;) {
    const { object } = await client.next()
    if (object._ === 'pong') return names
    names.push(object._)
  }
}

test('updates go to the session of a key that last called, over the connection of that call', async () => {
  const { centre, key, ready } = await testCentre()
  const [first, second] = [await ready(), await ready()]
  await call(first, GET_NEAREST)
  await call(second, GET_NEAREST)
  centre.push(key.id, PUSHED, null)
  const { object, seqNo, messageId } = await second.nextOf('updateShort')
  expect(object).toMatchObject({ update: { _: 'updateConfig' } })
  expect(seqNo % 2).toBe(1)
  expect(messageId & 3n).toBe(3n)
  expect(await pushedBefore(first)).not.toContain('updateShort')

  await call(first, GET_NEAREST)
  centre.push(key.id, PUSHED, null)
  await first.nextOf('updateShort')
})

test('file calls and invokeWithoutUpdates do not change the subscribed session', async () => {
  const { centre, key, ready } = await testCentre()
  const [first, second] = [await ready(), await ready()]
  await call(first, GET_NEAREST)
  await call(second, GET_FILE)
  await call(second, { _: 'invokeWithoutUpdates', query: GET_NEAREST })
  centre.push(key.id, PUSHED, null)
  await first.nextOf('updateShort')
  expect(await pushedBefore(second)).not.toContain('updateShort')
})

test('a session initialised without updates leaves them to the other sessions of its key', async () => {
  const { centre, key, ready } = await testCentre()
  const [first, second] = [await ready(), await ready()]
  await call(first, { _: 'initConnection', api_id: 1, query: GET_NEAREST })
  const initialise = { _: 'initConnection', api_id: 1, query: GET_NEAREST }
  await call(second, { _: 'invokeWithoutUpdates', query: initialise })
  for (const client of [first, second]) await call(client, GET_NEAREST)
  centre.push(key.id, PUSHED, null)
  await first.nextOf('updateShort')
})

test('a key initialised without updates gets none', async () => {
  const { centre, key, ready } = await testCentre()
  const client = await ready()
  await call(client, GET_NEAREST)
  const initialise = { _: 'initConnection', api_id: 1, query: GET_NEAREST }
  await call(client, { _: 'invokeWithoutUpdates', query: initialise })
  expect(key.receivesUpdates).toBe(false)
  await call(client, GET_NEAREST)
  centre.push(key.id, PUSHED, null)
  expect(await pushedBefore(client)).not.toContain('updateShort')
})

test('the session excluded from a push gets no update', async () => {
  const sessions: object[] = []
  const { centre, key, ready } = await testCentre(async ({ session }) => {
    sessions.push(session)
    return { _: 'nearestDc', country: 'DE', this_dc: 2, nearest_dc: 2 }
  })
  const client = await ready()
  await call(client, GET_NEAREST)
  centre.push(key.id, PUSHED, sessions[0] ?? null)
  expect(await pushedBefore(client)).not.toContain('updateShort')
})

test('a session that reconnects gets updatesTooLong, once', async () => {
  const { centre, key, ready } = await testCentre()
  const before = await ready()
  await call(before, GET_NEAREST)
  const closed = before.closed()
  before.socket.end()
  await closed
  centre.push(key.id, PUSHED, null)

  const after = await ready()
  after.send(GET_NEAREST, { sessionId: before.sessionId, seqNo: 101 })
  await after.nextOf('updatesTooLong')
  centre.push(key.id, PUSHED, null)
  await after.nextOf('updateShort')
})

test('a client that does not read gets updatesTooLong afterwards; others get all updates', async () => {
  const { centre, keys, key, ready } = await testCentre()
  const slow = await ready()
  const otherKey = newKey()
  keys.add(otherKey)
  const quick = connectTo(centre, otherKey)
  await quick.learnSalt()
  for (const client of [slow, quick]) await call(client, GET_NEAREST)
  slow.socket.pause()
  const large = {
    _: 'updateShortMessage',
    id: 1,
    user_id: 1n,
    message: 'x'.repeat(500_000),
    pts: 1,
    pts_count: 1,
    date: 1,
  }
  const count = 40
  for (let pushed = 0; pushed < count; pushed += 1) {
    centre.push(key.id, large, null)
    centre.push(otherKey.id, large, null)
    await quick.nextOf('updateShortMessage')
  }
  slow.socket.resume()
  let received = 0
  for (let name = ''; name !== 'updatesTooLong'; received += 1) name = (await slow.next()).object._
  expect(received).toBeLessThan(count)
  centre.push(key.id, PUSHED, null)
  await slow.nextOf('updateShort')
})

test('a push to a key without subscribed sessions is discarded', async () => {
  const { centre, key } = await testCentre()
  centre.push(key.id, PUSHED, null)
  const client = connectTo(centre, key)
  await client.learnSalt()
  expect(await pushedBefore(client)).not.toContain('updateShort')
})
