import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { EURONEWS, startService, type Service } from './service.ts'

const Source = z.looseObject({ id: z.int() })

describe('changing a source', () => {
  let service: Service
  let first: number
  let second: number

  beforeAll(async () => {
    service = await startService()
    first = await service.addSession()
    second = await service.addSession({ phone: '+9996621003' })
    await service.addChannel({ title: 'Other news', username: 'other_news', members: 'none' })
  })
  afterAll(() => service.close())

  const create = async (body: object) =>
    Source.parse((await service.call('POST /sources', { ...EURONEWS, ...body })).body)
  const change = async (sourceId: number, body: object) =>
    service.call(`PATCH /sources/${sourceId}`, body)
  const sql = () => service.database.db.$client

  test('the session can be changed by session_id and by session_ref', async () => {
    const source = await create({ session_ref: first })
    for (const [name, sessionId] of [
      ['session_id', second],
      ['session_ref', first],
      ['session_id', null],
    ] as const) {
      const { body } = await service.call(`GET /sources/${source.id}`)
      const sentBack = { ...Source.parse(body), [name]: sessionId }
      expect(await service.call(`PUT /sources/${source.id}`, sentBack)).toMatchObject({
        status: 200,
        body: { session_ref: sessionId, session_id: sessionId },
      })
    }
  })

  test('a PUT that leaves the schedule unchanged keeps next_run_at', async () => {
    const source = await create({ schedule: '0 5 * * *' })
    const due = '2026-01-01T05:00:00.000Z'
    await sql()`update sources set next_run_at = ${due} where id = ${source.id}`
    expect((await service.call(`PUT /sources/${source.id}`, source)).body).toMatchObject({
      next_run_at: due,
    })
    expect((await change(source.id, { timezone: 'Asia/Kolkata' })).body).toMatchObject({
      next_run_at: expect.stringMatching(/T23:30:00.000Z$/),
    })
  })

  test('changing the channel is refused during a run, and then resets the cursor', async () => {
    const source = await create({ session_ref: first })
    const setState = async (state: string) =>
      sql()`update runs set state = ${state} where source_id = ${source.id}`
    await sql()`update sources set last_message_id = 7 where id = ${source.id}`
    await setState('RUNNING')
    expect(await change(source.id, { identifier: '@other_news' })).toMatchObject({
      status: 409,
      body: {
        code: 'run_under_way',
        detail: 'A run is under way: cancel it before you change the channel',
      },
    })
    expect((await change(source.id, { identifier: 't.me/euronews_eng' })).status).toBe(200)
    await setState('PENDING')
    expect(await change(source.id, { identifier: '@other_news' })).toMatchObject({ status: 200 })
    expect([...(await sql()`select last_message_id from sources where id = ${source.id}`)]).toEqual(
      [{ last_message_id: 0 }],
    )
  })

  test('a change is refused when the source changed after its channel was looked up', async () => {
    const source = await create({ session_ref: first })
    const answer = await sql().begin(async (tx) => {
      await tx`update sources set session_id = ${second} where id = ${source.id}`
      const changing = change(source.id, { identifier: '@other_news' })
      const isWaiting = async () => {
        // Outside the transaction: inside one, pg_stat_activity is a cached snapshot.
        const waiting = await sql()`
          select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`
        expect(waiting).toHaveLength(1)
      }
      await vi.waitFor(isWaiting)
      // Lock order is source before session: the waiting change must not hold the session's lock.
      await tx`select from sessions where id = ${first} for update nowait`
      return { changing }
    })
    expect(await answer.changing).toMatchObject({
      status: 409,
      body: {
        code: 'source_changed',
        detail: 'This source was changed at the same time; try again',
      },
    })
    expect((await service.call(`GET /sources/${source.id}`)).body).toMatchObject({
      identifier: '@euronews_eng',
      session_ref: second,
    })
  })

  test('without a session to look the new channel up, the old channel’s columns are cleared', async () => {
    const source = await create({ session_ref: first })
    await sql()`update sessions set state = 'paused'`
    try {
      const unnamed = { identifier: '@other_news', session_ref: null }
      await sql()`update sources set total_messages = 1 where id = ${source.id}`
      expect(await change(source.id, unnamed)).toMatchObject({
        status: 400,
        body: { detail: 'No session can tell whether this is the same channel' },
      })
      await sql()`update sources set total_messages = 0 where id = ${source.id}`
      expect((await change(source.id, unnamed)).status).toBe(200)
      const [row] = await sql()`select channel_id from sources where id = ${source.id}`
      expect(row).toEqual({ channel_id: null })
    } finally {
      await sql()`update sessions set state = 'active'`
    }
  })
})
