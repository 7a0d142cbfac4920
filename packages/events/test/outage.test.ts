import { jetstreamManager } from '@nats-io/jetstream'
import { createDb } from '@telegather/db'
import { describe, expect, inject, test, vi } from 'vitest'
import { connectNats, enqueue, runRelay } from '../src/index.ts'
import { streamName } from '../src/streams.ts'
import { startOutageProxy } from './outage-proxy.ts'
import { createWorld, type World } from './world.ts'

const add = (world: World, sourceId: number) =>
  world.db.transaction((tx) => enqueue(tx, 'source.created', { sourceId }))

test('concurrent checks during an outage of NATS share one round trip, which ends after the outage', async () => {
  await using world = await createWorld()
  const proxy = await startOutageProxy(inject('natsUrl'))
  const nats = connectNats(proxy.url, { name: 'outage', log: world.log })
  await nats.check()
  proxy.cut()
  await vi.waitFor(() => expect(world.logged('nats.disconnected')).toHaveLength(1))
  const checks = Array.from({ length: 10 }, () => nats.check())
  expect(new Set(checks).size).toBe(1)
  proxy.restore()
  await Promise.allSettled(checks)
  await vi.waitFor(() => nats.check())
  await nats.close()
  await proxy.close()
})

describe('events are delivered', () => {
  test('after outages of NATS at the start and later', async () => {
    await using world = await createWorld()
    const proxy = await startOutageProxy(inject('natsUrl'))
    proxy.cut()
    const nats = connectNats(proxy.url, { name: 'outage', log: world.log })
    const seen: number[] = []
    world.relay({ nats })
    const consuming = new AbortController()
    const consumed = world.consume({
      nats,
      signal: consuming.signal,
      event: 'source.created',
      handle: async ({ sourceId }) => seen.push(sourceId),
    })
    await add(world, 1)
    await vi.waitFor(() => expect(world.logged('nats.unreachable')).toHaveLength(1))
    proxy.restore()
    await vi.waitFor(() => expect(seen).toEqual([1]))
    await nats.check()

    proxy.cut()
    await vi.waitFor(() => expect(world.logged('nats.disconnected')).toHaveLength(1))
    await add(world, 2)
    proxy.restore()
    await vi.waitFor(() => expect(seen).toEqual([1, 2]))
    expect((await world.stream()).state.messages).toBe(2)

    consuming.abort()
    await consumed
    await nats.close()
    await proxy.close()
  })

  test('after NATS lost its stream', async () => {
    await using world = await createWorld()
    const seen: number[] = []
    world.relay()
    void world.consume({
      event: 'source.created',
      handle: async ({ sourceId }) => seen.push(sourceId),
    })
    await add(world, 1)
    await vi.waitFor(() => expect(seen).toEqual([1]))
    const { streams } = await jetstreamManager(await world.nats.connection())
    await streams.delete(streamName(world.prefix))
    await add(world, 2)
    await vi.waitFor(() => expect(seen).toEqual([1, 2]))
  })

  test('after outages of Postgres', async () => {
    await using world = await createWorld()
    const proxy = await startOutageProxy(world.databaseUrl)
    const connection = createDb(proxy.url, { maxConnections: 2 })
    const seen: number[] = []
    const failures = () => world.logged('relay.failed').length
    proxy.cut()
    world.relay({ db: connection.db })
    void world.consume({
      event: 'source.created',
      handle: async ({ sourceId }) => seen.push(sourceId),
    })
    await vi.waitFor(() => expect(failures()).toBeGreaterThan(0))
    await add(world, 1)
    proxy.restore()
    await vi.waitFor(() => expect(seen).toEqual([1]))

    const before = failures()
    proxy.cut()
    await vi.waitFor(() => expect(failures()).toBeGreaterThan(before))
    await add(world, 2)
    proxy.restore()
    await vi.waitFor(() => expect(seen).toEqual([1, 2]))
    await connection.close()
    await proxy.close()
  })
})

describe('during an outage of NATS', () => {
  test.each(['from the start', 'after it was connected'])(
    '%s, relay and consumer stop when aborted',
    async (since) => {
      await using world = await createWorld()
      const proxy = await startOutageProxy(inject('natsUrl'))
      const nats = connectNats(proxy.url, { name: 'stopping', log: world.log })
      if (since === 'from the start') proxy.cut()
      else await nats.check()
      const stop = new AbortController()
      const options = { nats, log: world.log, prefix: world.prefix, signal: stop.signal }
      const relay = runRelay({ ...options, db: world.db })
      const consumer = world.consume({
        ...options,
        event: 'source.created',
        handle: async () => {},
      })
      if (since === 'after it was connected') {
        await vi.waitFor(() => world.consumer())
        proxy.cut()
        await vi.waitFor(() => expect(world.logged('nats.disconnected')).toHaveLength(1))
        await add(world, 1)
      }
      stop.abort()
      await Promise.all([relay, consumer])
      await nats.close()
      await proxy.close()
    },
  )
})

describe('a connection to NATS', () => {
  test('closes during an outage', async () => {
    await using world = await createWorld()
    const proxy = await startOutageProxy(inject('natsUrl'))
    const nats = connectNats(proxy.url, { name: 'closing', log: world.log })
    await nats.check()
    proxy.cut()
    await nats.close()
    await proxy.close()
  })

  test('closes before its first connection is made', async () => {
    await using world = await createWorld()
    const proxy = await startOutageProxy(inject('natsUrl'))
    proxy.cut()
    const nats = connectNats(proxy.url, { name: 'never', log: world.log })
    const connection = expect(nats.connection()).rejects.toThrow(/abort/)
    await nats.close()
    await connection
    await proxy.close()
  })
})
