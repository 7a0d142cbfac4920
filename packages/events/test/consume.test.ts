import { setTimeout as delay } from 'node:timers/promises'
import { jetstream } from '@nats-io/jetstream'
import { describe, expect, test, vi } from 'vitest'
import { ensureStream, streamName, subjectOf } from '../src/streams.ts'
import { createWorld, type World } from './world.ts'

async function publish(world: World, payload: string, eventId?: string): Promise<void> {
  const connection = await world.nats.connection()
  await ensureStream(connection, world.prefix)
  const options = eventId === undefined ? {} : { msgID: eventId }
  await jetstream(connection).publish(subjectOf(world.prefix, 'source.created'), payload, options)
}

const created = (sourceId: number) => JSON.stringify({ sourceId })

async function expectAllHandled(world: World): Promise<void> {
  await vi.waitFor(async () =>
    expect(await world.consumer()).toMatchObject({ num_pending: 0, num_ack_pending: 0 }),
  )
}

class Busy extends Error {
  override readonly name = 'Busy'
  readonly retryAfterMs = 20
}

describe('a consumer', () => {
  test.each([['{"sourceId":"seven"}'], ['{}'], ['no json'], ['']])(
    'discards the invalid payload %j and handles the next event',
    async (poison) => {
      await using world = await createWorld()
      const seen: number[] = []
      await publish(world, poison)
      await publish(world, created(7))
      void world.consume({
        event: 'source.created',
        handle: async ({ sourceId }) => seen.push(sourceId),
      })
      await vi.waitFor(() => expect(seen).toEqual([7]))
      await expectAllHandled(world)
      expect(world.logged('event.invalid')).toHaveLength(1)
    },
  )

  test('ignores unknown fields', async () => {
    await using world = await createWorld()
    const handle = vi.fn<(payload: object) => Promise<void>>(async () => {})
    await publish(world, '{"sourceId":7,"newer":true}')
    void world.consume({ event: 'source.created', handle })
    await vi.waitFor(() => expect(handle.mock.lastCall?.[0]).toEqual({ sourceId: 7 }))
  })

  test('gets an event again after the retryAfterMs of the error', async () => {
    await using world = await createWorld()
    const deliveries: [string, number][] = []
    await publish(world, created(7), 'event-7')
    void world.consume({
      event: 'source.created',
      handle: async (_payload, { eventId, attempt }) => {
        deliveries.push([eventId, attempt])
        if (attempt < 3) throw new Busy()
      },
    })
    await vi.waitFor(() => expect(deliveries).toHaveLength(3))
    expect(deliveries).toEqual([1, 2, 3].map((attempt) => ['event-7', attempt]))
    await expectAllHandled(world)
    expect(world.logged('event.retried')[0]).toMatchObject({ attempt: 1, retryInMs: 20 })
    expect(world.logged('event.handled')[0]).toMatchObject({ attempt: 3, eventId: 'event-7' })
  })

  test('handles other events during the retry delay of one second after a failure', async () => {
    await using world = await createWorld()
    const seen: number[] = []
    for (const sourceId of [1, 2, 3]) await publish(world, created(sourceId))
    void world.consume({
      event: 'source.created',
      handle: async ({ sourceId }, { attempt }) => {
        seen.push(sourceId)
        if (sourceId === 1 && attempt === 1) throw new Error('bug')
      },
    })
    await vi.waitFor(() => expect(seen).toEqual([1, 2, 3, 1]))
    expect(world.logged('event.retried')[0]).toMatchObject({ retryInMs: 1_000 })
  })

  test('discards an event after the last delivery', async () => {
    await using world = await createWorld()
    let attempts = 0
    await publish(world, created(7))
    void world.consume({
      event: 'source.created',
      maxDeliver: 3,
      handle: async () => {
        attempts++
        throw new Busy()
      },
    })
    await vi.waitFor(() => expect(world.logged('event.dead')).toHaveLength(1))
    await expectAllHandled(world)
    expect(attempts).toBe(3)
  })

  test('extends the ack wait while the handler runs', async () => {
    await using world = await createWorld()
    const ackWaitMs = 3_000
    let attempts = 0
    let extensions = 0
    const outlasted = Promise.withResolvers<void>()
    const connection = await world.nats.connection()
    connection.subscribe('$JS.ACK.>', {
      callback(_error, message) {
        if (!message.subject.includes(streamName(world.prefix))) return
        // The consumer extends the ack wait each third of it.
        if (message.string() === '+WPI' && ++extensions === 4) outlasted.resolve()
      },
    })
    await publish(world, created(7))
    void world.consume({
      event: 'source.created',
      ackWaitMs,
      concurrency: 2,
      handle: async () => {
        attempts++
        await outlasted.promise
      },
    })
    await vi.waitFor(() => expect(world.logged('event.handled')).toHaveLength(1))
    expect(attempts).toBe(1)
  })

  test('handles up to `concurrency` events at a time', async () => {
    await using world = await createWorld()
    const gate = Promise.withResolvers<void>()
    const running = new Set<number>()
    let most = 0
    for (let sourceId = 1; sourceId <= 5; sourceId++) await publish(world, created(sourceId))
    void world.consume({
      event: 'source.created',
      concurrency: 3,
      handle: async ({ sourceId }) => {
        running.add(sourceId)
        most = Math.max(most, running.size)
        if (running.size === 3) gate.resolve()
        await gate.promise
        running.delete(sourceId)
      },
    })
    await expectAllHandled(world)
    expect(most).toBe(3)
  })

  test('shares its events with other consumers of the same durable name', async () => {
    await using world = await createWorld()
    const seen: number[] = []
    const handle = async ({ sourceId }: { sourceId: number }) => seen.push(sourceId)
    void world.consume({ event: 'source.created', handle })
    void world.consume({ event: 'source.created', handle })
    const ids = Array.from({ length: 20 }, (_, index) => index)
    for (const sourceId of ids) await publish(world, created(sourceId))
    await vi.waitFor(() => expect(seen).toHaveLength(20))
    expect(seen.toSorted((a, b) => a - b)).toEqual(ids)
  })
})

describe('a consumer that is stopped', () => {
  test('finishes its running handler and leaves other events to other processes', async () => {
    await using world = await createWorld()
    const stop = new AbortController()
    const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    await publish(world, created(1))
    await publish(world, created(2))
    const finished: number[] = []
    const done = world.consume({
      event: 'source.created',
      signal: stop.signal,
      handle: async ({ sourceId }) => {
        begun.resolve()
        await released.promise
        finished.push(sourceId)
      },
    })
    await begun.promise
    stop.abort()
    released.resolve()
    await done
    expect(finished).toEqual([1])

    void world.consume({
      event: 'source.created',
      handle: async ({ sourceId }) => finished.push(sourceId),
    })
    await vi.waitFor(() => expect(finished).toEqual([1, 2]))
    await expectAllHandled(world)
  })

  test('releases the event of an aborted handler to another process at once', async () => {
    await using world = await createWorld()
    const stop = new AbortController()
    const begun = Promise.withResolvers<void>()
    await publish(world, created(1))
    const done = world.consume({
      event: 'source.created',
      signal: stop.signal,
      handle: async (_payload, { signal }) => {
        begun.resolve()
        await delay(60_000, undefined, { signal })
      },
    })
    await begun.promise
    stop.abort()
    await done
    expect(world.logged('event.released')).toHaveLength(1)

    let attempts = 0
    void world.consume({
      event: 'source.created',
      handle: async (_payload, { attempt }) => (attempts = attempt),
    })
    await vi.waitFor(() => expect(attempts).toBe(2))
  })
})
