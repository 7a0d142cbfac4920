import { once } from 'node:events'
import { logRun } from '@telegather/db'
import { sendSignal } from '@telegather/events'
import { ACTOR_HEADER, createLog, signActor } from '@telegather/service'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { eventStream } from '../src/runs/event-stream.ts'
import { createRunFeed } from '../src/runs/run-feed.ts'
import { EURONEWS, INTERNAL_KEY, OPERATOR, startService, type Service } from './service.ts'

const PROGRESS = {
  messages_per_second: 12.5,
  bytes_per_second: 1000,
  files: [{ message_id: 3, name: 'a.pdf', size: 10, bytes_done: 4 }],
  messages_left: 100,
  estimated_end: '2025-10-30T10:00:00.000Z',
}

interface SentEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: unknown
}

describe('the events of a run', () => {
  let service: Service
  let runId: string
  let stopping: AbortController
  beforeEach(async () => {
    stopping = new AbortController()
    service = await startService({ heartbeatMs: 50, signal: stopping.signal })
    const { body } = await service.call('POST /sources', EURONEWS)
    const [run] = await sql()`
      update runs set state = 'RUNNING', worker_id = gen_random_uuid(), heartbeat_at = now()
      where source_id = ${z.object({ id: z.int() }).parse(body).id} returning id`
    runId = String(run?.['id'])
  })
  afterEach(() => service.close())

  const sql = () => service.database.db.$client
  const log = async (message: string) =>
    service.database.db.transaction(async (tx) => logRun(tx, runId, { level: 'info', message }))

  async function watch(lastEventId?: string) {
    const response = await fetch(`${service.url}/runs/${runId}/events`, {
      headers: {
        [ACTOR_HEADER]: signActor(INTERNAL_KEY, OPERATOR),
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    })
    const events: SentEvent[] = []
    let text = ''
    const ended = (async () => {
      for await (const chunk of (response.body ?? new Blob([]).stream()).pipeThrough(
        new TextDecoderStream(),
      )) {
        text += chunk
        const blocks = text.split('\n\n').slice(0, -1)
        events.splice(0, events.length, ...blocks.flatMap(parseEvent))
      }
    })()
    return { response, events, ended, text: () => text }
  }

  const seen = async (events: readonly SentEvent[], expected: object) =>
    vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining(expected)), {
      timeout: 20_000,
      interval: 10,
    })

  test('the event stream has state, log and progress, and ends with the run', async () => {
    await log('First')
    const { response, events, ended } = await watch()
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await seen(events, { event: 'run', data: expect.objectContaining({ state: 'RUNNING' }) })
    expect(events[0]).toMatchObject({ event: 'log', data: { message: 'First' } })

    await sendSignal(service.signals, 'run.progressed', { runId, progress: PROGRESS })
    await seen(events, { event: 'progress', data: PROGRESS })

    await sql()`update runs set messages_stored = 5 where id = ${runId}`
    await seen(events, { event: 'run', data: expect.objectContaining({ messages_stored: 5 }) })
    await log('Last')
    await sql()`update runs set state = 'COMPLETED', finished_at = now() where id = ${runId}`
    await ended
    expect(events.at(-2)).toMatchObject({ event: 'log', data: { message: 'Last' } })
    expect(events.at(-1)).toMatchObject({ event: 'run', data: { state: 'COMPLETED' } })
    expect(events.at(-1)?.id).toBe(`${events.at(-2)?.id}-end`)
  })

  test('the event stream resumes after Last-Event-ID, and gets 204 after the last event', async () => {
    await log('Seen')
    await log('Missed')
    const [line] = await sql()`select id from run_logs where message = 'Seen'`
    await sql()`update runs set state = 'FAILED', finished_at = now() where id = ${runId}`
    const { events, ended } = await watch(String(line?.['id']))
    await ended
    expect(events.map(({ event, data }) => [event, data])).toMatchObject([
      ['log', { message: 'Missed' }],
      ['run', { state: 'FAILED' }],
    ])
    expect((await watch(events.at(-1)?.id)).response.status).toBe(204)
  })

  test('the event stream has keep-alive comments', async () => {
    const { text } = await watch()
    await vi.waitFor(() => expect(text().match(/^:$/gm)?.length).toBeGreaterThan(2))
  })

  test('an event stream that is not read is closed', async () => {
    const { database, signals } = service
    const log = createLog({ name: 'test', level: 'silent' })
    const feed = createRunFeed({ db: database.db, log, signals }, stopping.signal)
    const unread = eventStream(feed, { runId, afterId: 0 })
    const dropped = once(unread, 'close')
    const files = Array.from({ length: 1000 }, () => PROGRESS.files).flat()
    while (!unread.destroyed)
      await sendSignal(signals, 'run.progressed', { runId, progress: { ...PROGRESS, files } })
    await dropped
    stopping.abort()
    await feed.stopped
  })

  test('event streams end when the service stops', async () => {
    const { ended, events } = await watch()
    await seen(events, { event: 'run' })
    stopping.abort()
    await ended
  })

  test('a hundred watchers of a run need no more queries than one', async () => {
    const watchers = await Promise.all(Array.from({ length: 100 }, async () => watch()))
    await Promise.all(watchers.map(async ({ events }) => seen(events, { event: 'run' })))
    const before = await reads()
    await sql()`update runs set messages_stored = 7 where id = ${runId}`
    await Promise.all(
      watchers.map(async ({ events }) =>
        seen(events, { data: expect.objectContaining({ messages_stored: 7 }) }),
      ),
    )
    const scans = (await reads()) - before
    expect(scans).toBeLessThan(50)
    await sql()`update runs set state = 'COMPLETED', finished_at = now() where id = ${runId}`
    await Promise.all(watchers.map(async ({ ended }) => ended))
  })

  /** Number of scans of the table `runs`, by all connections. */
  async function reads(): Promise<number> {
    await sql()`select pg_stat_force_next_flush()`
    const [row] = await sql()`
      select (seq_scan + coalesce(idx_scan, 0))::int as scans from pg_stat_user_tables where relname = 'runs'`
    return Number(row?.['scans'])
  }

  test('the event stream of an unknown run gets 404', async () => {
    await sql()`delete from runs`
    expect((await watch()).response.status).toBe(404)
  })
})

function parseEvent(block: string): SentEvent[] {
  const fields = new Map(
    block.split('\n').map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at), line.slice(at + 2)] as const
    }),
  )
  const event = fields.get('event')
  if (event === undefined) return []
  return [{ event, id: fields.get('id'), data: JSON.parse(fields.get('data') ?? '') as unknown }]
}
