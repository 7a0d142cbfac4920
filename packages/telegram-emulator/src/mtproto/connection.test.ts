import { randomBytes } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { closeAll, connectTo, GET_NEAREST, NEAREST, newKey, testCentre } from './test-centre.ts'

afterEach(async () => {
  vi.useRealTimers()
  await closeAll()
})

test('an unknown key and a forged message get transport error -404', async () => {
  const { centre, key, keys } = await testCentre()
  const stranger = connectTo(centre, newKey())
  stranger.send(GET_NEAREST)
  expect((await stranger.nextPayload()).readInt32LE()).toBe(-404)
  await stranger.closed()
  const elsewhere = { ...newKey(), dcId: 4 }
  keys.add(elsewhere)
  const lost = connectTo(centre, elsewhere)
  lost.send(GET_NEAREST)
  expect((await lost.nextPayload()).readInt32LE()).toBe(-404)
  const forger = connectTo(centre, { ...newKey(), id: key.id })
  forger.send(GET_NEAREST)
  expect((await forger.nextPayload()).readInt32LE()).toBe(-404)
  expect(centre.stats()).toEqual([])
})

test('destroy_auth_key destroys the key', async () => {
  const { ready } = await testCentre()
  const client = await ready()
  client.send({ _: 'destroy_auth_key' })
  await client.nextOf('destroy_auth_key_ok')
  client.send(GET_NEAREST)
  expect((await client.nextPayload()).readInt32LE()).toBe(-404)
})

test('ping_delay_disconnect sets a deadline in seconds, and each replaces the previous', async () => {
  const { ready } = await testCentre()
  const client = await ready()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const pingFor = async (seconds: number) => {
    client.send({ _: 'ping_delay_disconnect', ping_id: 1n, disconnect_delay: seconds })
    await client.nextOf('pong')
  }
  await pingFor(20)
  vi.advanceTimersByTime(19_999)
  await pingFor(60_000)
  vi.advanceTimersByTime(59_999_999)
  client.send(GET_NEAREST)
  await client.nextOf('rpc_result')
  vi.advanceTimersByTime(1)
  await client.closed()
})

test('statistics count connections and peers, and connections of a key can be closed', async () => {
  const { ready, centre, key } = await testCentre()
  const [first, second] = [await ready(), await ready()]
  expect(centre.stats()).toMatchObject([
    { keyId: key.id, openConnections: 2, peers: ['127.0.0.1'], maxDistinctPeers: 1 },
  ])
  centre.closeConnections(({ keyId }) => keyId === key.id)
  await Promise.all([first.closed(), second.closed()])
  await vi.waitFor(() =>
    expect(centre.stats()).toMatchObject([{ openConnections: 0, peers: [], maxDistinctPeers: 1 }]),
  )
})

test('the server stops reading from a client that does not read, and serves the others', async () => {
  let started = 0
  const bytes = randomBytes(256 * 1024)
  const { ready } = await testCentre(async ({ method }) => {
    if (method !== 'upload.getFile') return NEAREST
    started += 1
    return { _: 'upload.file', type: { _: 'storage.fileUnknown' }, mtime: 0, bytes }
  })
  const slow = await ready()
  slow.socket.pause()
  const location = { _: 'inputTakeoutFileLocation' }
  for (let call = 0; call < 160; call += 1) {
    slow.send({ _: 'upload.getFile', location, offset: 0n, limit: 4096 })
  }
  const other = await ready()
  for (let call = 0; call < 20; call += 1) {
    other.send(GET_NEAREST)
    await other.nextOf('rpc_result')
  }
  expect(started).toBeGreaterThan(0)
  expect(started).toBeLessThan(140)
  slow.socket.resume()
  for (let call = 0; call < 160; call += 1) await slow.nextOf('rpc_result')
  expect(started).toBe(160)
})
