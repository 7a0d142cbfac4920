import { subscribeToSignals } from '@telegather/events'
import { createLog } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { EURONEWS, startService, type Service } from './service.ts'

const Source = z.object({ id: z.int() })
const Run = z.looseObject({ id: z.uuid(), state: z.string() })
const Runs = z.object({ items: z.array(Run), next_cursor: z.string().nullable() })
const UNKNOWN = uuidv7()
const WAITING_FILE = {
  message_id: 1,
  name: 'large.bin',
  size: 10_000,
  waits_for: 'telegram',
  reason: 'Telegram asks to wait 600 seconds',
  since: '2026-01-01T00:00:00.000Z',
  until: '2026-01-01T00:10:00.000Z',
}

describe('controlling a run', () => {
  let service: Service
  beforeAll(async () => {
    service = await startService()
  })
  afterAll(() => service.close())

  const call = async (operation: string, body?: unknown) => service.call(operation, body)
  const sql = () => service.database.db.$client

  async function createRun(): Promise<{ runId: string; sourceId: number }> {
    const source = Source.parse((await call('POST /sources', EURONEWS)).body)
    const [run] = Runs.parse((await call(`GET /sources/${source.id}/runs`)).body).items
    return { runId: run?.id ?? '', sourceId: source.id }
  }

  const audited = async (action: string, runId: string) =>
    (
      await sql()`select details from audit_events where action = ${action} and object_id = ${runId}`
    ).length

  test('runs are listed by state, source and trigger, in pages', async () => {
    const { runId, sourceId } = await createRun()
    await sql()`update runs set state = 'FAILED', finished_at = now() where id = ${runId}`
    const retried = Run.parse((await call(`POST /runs/${runId}/retry`)).body)
    const list = async (query: string) => Runs.parse((await call(`GET /runs?${query}`)).body)
    const ids = (page: z.infer<typeof Runs>) => page.items.map(({ id }) => id)

    expect(ids(await list(`source_id=${sourceId}`))).toEqual([retried.id, runId])
    expect(ids(await list(`source_id=${sourceId}&state=FAILED`))).toEqual([runId])
    expect(ids(await list(`source_id=${sourceId}&trigger=manual`))).toEqual([retried.id])
    const first = await list(`source_id=${sourceId}&limit=1`)
    expect(ids(first)).toEqual([retried.id])
    const second = await list(`source_id=${sourceId}&limit=1&cursor=${first.next_cursor}`)
    expect([ids(second), second.next_cursor]).toEqual([[runId], null])
    expect((await call('GET /runs?state=NONE')).status).toBe(400)
    expect((await call('GET /runs?source_id=999999')).status).toBe(404)
  })

  test('a pending run is cancelled at once, and a second cancel gets 409', async () => {
    const { runId } = await createRun()
    expect(await call(`POST /runs/${runId}/cancel`)).toMatchObject({
      status: 202,
      body: { state: 'CANCELLED', finished_at: expect.any(String) },
    })
    expect(await call(`POST /runs/${runId}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'run_finished', detail: 'The run has ended already' },
    })
    expect(await audited('run.cancelled', runId)).toBe(1)
    const events = await sql()`
      select payload from outbox where subject = 'run.finished' and payload->>'runId' = ${runId}`
    expect(events).toMatchObject([{ payload: { state: 'CANCELLED' } }])
    expect((await call(`POST /runs/${UNKNOWN}/cancel`)).status).toBe(404)
  })

  test.each(['WAITING', 'RETRYING'])('a run in state %s is cancelled at once', async (state) => {
    const { runId } = await createRun()
    await sql()`
      update runs set state = ${state}, resume_at = now() + interval '1 hour', error = 'Wait',
        files_waiting = 1, waiting_files = ${JSON.stringify([WAITING_FILE])}::jsonb
      where id = ${runId}`
    expect((await call(`POST /runs/${runId}/cancel`)).body).toMatchObject({
      state: 'CANCELLED',
      resume_at: null,
      error: null,
    })
    const rows = await sql()`select files_waiting, waiting_files from runs where id = ${runId}`
    expect(rows).toEqual([{ files_waiting: 0, waiting_files: [] }])
  })

  test('a run shows its waiting files until it has finished', async () => {
    const { runId } = await createRun()
    const shown = async () => (await call(`GET /runs/${runId}`)).body
    await sql()`
      update runs set state = 'WAITING', files_waiting = 1, waiting_files = ${JSON.stringify([WAITING_FILE])}::jsonb
      where id = ${runId}`
    expect(await shown()).toMatchObject({ files_waiting: 1, waiting_files: [WAITING_FILE] })
    await sql()`update runs set state = 'FAILED', finished_at = now() where id = ${runId}`
    expect(await shown()).toMatchObject({ files_waiting: 0, waiting_files: [] })
  })

  test('a running run is CANCELLING until its worker stops, and is cancelled at once when the worker is dead', async () => {
    const { runId } = await createRun()
    const execute = async (heartbeat: string) =>
      sql()`
        update runs set state = 'RUNNING', worker_id = gen_random_uuid(), dead_after_ms = 180000,
          heartbeat_at = now() - ${heartbeat}::interval where id = ${runId}`
    await execute('170 seconds')
    for (let time = 0; time < 2; time++)
      expect(await call(`POST /runs/${runId}/cancel`)).toMatchObject({
        status: 202,
        body: { state: 'CANCELLING', finished_at: null },
      })
    expect(await audited('run.cancelled', runId)).toBe(1)
    await execute('181 seconds')
    expect((await call(`POST /runs/${runId}/cancel`)).body).toMatchObject({ state: 'CANCELLED' })
  })

  test('the worker of a run gets a cancel signal when the source is deleted', async () => {
    const { runId, sourceId } = await createRun()
    await sql()`
      update runs set state = 'RUNNING', worker_id = gen_random_uuid(), heartbeat_at = now()
      where id = ${runId}`
    const controller = new AbortController()
    const log = createLog({ name: 'test', level: 'silent' })
    const { signal } = controller
    const { promise: cancelledRunId, resolve } = Promise.withResolvers<string>()
    await subscribeToSignals({ ...service.signals, log, signal }, 'run.cancelling', (run) =>
      resolve(run.runId),
    )
    await call(`DELETE /sources/${sourceId}`)
    expect(await cancelledRunId).toBe(runId)
    controller.abort()
    expect((await call(`GET /runs/${runId}`)).body).toMatchObject({ state: 'CANCELLING' })
    expect((await call(`GET /runs/${runId}/logs`)).body).toMatchObject({
      items: [{ message: 'Its source was deleted' }],
    })
  })

  test('a finished run is retried by one new run, although five retries are concurrent', async () => {
    const { runId, sourceId } = await createRun()
    expect(await call(`POST /runs/${runId}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'run_under_way', detail: 'The run has not ended yet' },
    })
    await call(`POST /runs/${runId}/cancel`)
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => call(`POST /runs/${runId}/retry`)),
    )
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(4)
    const retried = Run.parse(answers.find(({ status }) => status === 202)?.body)
    expect(retried).toMatchObject({ state: 'PENDING', trigger: 'manual', source_id: sourceId })
    expect(await audited('run.retried', retried.id)).toBe(1)
    expect((await call(`POST /runs/${UNKNOWN}/retry`)).status).toBe(404)

    await call(`DELETE /sources/${sourceId}`)
    expect(await call(`POST /runs/${runId}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'source_deleted', detail: 'The source of this run has been deleted' },
    })
  })

  test('the log of a run is listed in pages', async () => {
    const { runId } = await createRun()
    await sql()`
      insert into run_logs (run_id, level, message)
      select ${runId}, 'warning', 'Line ' || n from generate_series(1, 5) n`
    const messages: string[] = []
    let cursor: string | null = ''
    do {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const { body } = await call(`GET /runs/${runId}/logs?limit=2${query}`)
      const page = z
        .object({
          items: z.array(z.object({ message: z.string(), level: z.literal('warning') })),
          next_cursor: z.string().nullable(),
        })
        .parse(body)
      messages.push(...page.items.map(({ message }) => message))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(messages).toEqual(['Line 1', 'Line 2', 'Line 3', 'Line 4', 'Line 5'])
    expect((await call(`GET /runs/${UNKNOWN}/logs`)).status).toBe(404)
    expect((await call(`GET /runs/${runId}/logs?cursor=x`)).status).toBe(400)
  })
})
