import { afterEach, expect, test, vi } from 'vitest'
import {
  closeAll,
  connectTo,
  GET_NEAREST,
  NEAREST,
  testCentre,
  type TestCentre,
} from './test-centre.ts'
import type { TestClient } from './test-client.ts'

afterEach(closeAll)

const FIRST = '127.0.0.1'
const SECOND = '127.0.0.2'

async function from({ centre, key }: TestCentre, address: string): Promise<TestClient> {
  const client = connectTo(centre, key, address)
  await client.learnSalt()
  return client
}

async function answerTo(client: TestClient): Promise<unknown> {
  client.send(GET_NEAREST)
  return (await client.nextOf('rpc_result')).object['result']
}

const DUPLICATED = {
  _: 'rpc_error',
  error_code: 406,
  error_message: 'AUTH_KEY_DUPLICATED',
}

test('a second peer is refused, its connection and the first one closed, the key destroyed', async () => {
  const centre = await testCentre(undefined, { strictOwnership: true })
  const owner = await from(centre, FIRST)
  expect(await answerTo(owner)).toEqual(NEAREST)
  const second = await from(centre, SECOND)
  expect(await answerTo(owner)).toEqual(NEAREST)
  expect(await answerTo(second)).toEqual(DUPLICATED)
  await Promise.all([owner.closed(), second.closed()])
  await vi.waitFor(() => expect(centre.centre.stats()).toMatchObject([{ openConnections: 0 }]))
  expect(centre.centre.stats()).toMatchObject([
    { duplicates: 1, isDestroyed: true, maxDistinctPeers: 2 },
  ])
  expect(centre.keys.get(centre.key.id)).toBeUndefined()
  const later = connectTo(centre.centre, centre.key, FIRST)
  later.send(GET_NEAREST)
  expect((await later.nextPayload()).readInt32LE()).toBe(-404)
})

test('connections of one peer are one owner', async () => {
  const centre = await testCentre(undefined, { strictOwnership: true })
  const [one, two] = [await from(centre, FIRST), await from(centre, FIRST)]
  expect(await answerTo(one)).toEqual(NEAREST)
  expect(await answerTo(two)).toEqual(NEAREST)
})

test('a peer that has closed its connection no longer owns the key', async () => {
  const centre = await testCentre(undefined, { strictOwnership: true })
  const owner = await from(centre, FIRST)
  owner.socket.end()
  const heir = await from(centre, SECOND)
  await owner.closed()
  expect(await answerTo(heir)).toEqual(NEAREST)
})

test('a peer past its ping_delay_disconnect deadline no longer owns the key', async () => {
  const centre = await testCentre(undefined, { strictOwnership: true })
  const owner = await from(centre, FIRST)
  owner.send({ _: 'ping_delay_disconnect', ping_id: 1n, disconnect_delay: 0 })
  await owner.closed()
  expect(await answerTo(await from(centre, SECOND))).toEqual(NEAREST)
})

test('a first peer that reconnects after a second one counts as the newer', async () => {
  const centre = await testCentre(undefined, { strictOwnership: true })
  const owner = await from(centre, FIRST)
  const second = await from(centre, SECOND)
  const again = await from(centre, FIRST)
  await owner.close()
  await vi.waitFor(() => expect(centre.centre.stats()).toMatchObject([{ openConnections: 2 }]))
  expect(await answerTo(second)).toEqual(NEAREST)
  expect(await answerTo(again)).toEqual(DUPLICATED)
})

test('two peers are only counted when ownership is not strict', async () => {
  const centre = await testCentre()
  const [owner, second] = [await from(centre, FIRST), await from(centre, SECOND)]
  expect(await answerTo(second)).toEqual(NEAREST)
  expect(await answerTo(owner)).toEqual(NEAREST)
  expect(centre.centre.stats()).toMatchObject([{ duplicates: 0, maxDistinctPeers: 2 }])
})

test('a forgotten key closes its connections with -404', async () => {
  const centre = await testCentre()
  const client = await from(centre, FIRST)
  expect(await answerTo(client)).toEqual(NEAREST)
  centre.centre.forgetKey(centre.key.id)
  let payload = await client.nextPayload()
  while (payload.length !== 4) payload = await client.nextPayload()
  expect(payload.readInt32LE()).toBe(-404)
  await client.closed()
  expect(centre.centre.stats()).toMatchObject([{ isDestroyed: true }])
})
