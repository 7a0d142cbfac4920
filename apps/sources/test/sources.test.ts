import type { Actor } from '@telegather/contracts'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { DEFAULT_SCHEDULE, EURONEWS, OPERATOR, startService, type Service } from './service.ts'

const Source = z.looseObject({ id: z.int() })
const Runs = z.object({
  items: z.array(z.looseObject({ id: z.uuid() })),
  next_cursor: z.string().nullable(),
})

describe('sources', () => {
  let service: Service
  let sessionId: number
  let secretId: number
  const call = async (operation: string, body?: unknown) => service.call(operation, body)

  beforeAll(async () => {
    service = await startService()
    sessionId = await service.addSession()
    secretId = await service.addChannel({ title: 'Behind closed doors' })
  })
  afterAll(() => service.close())

  const create = async (body: object) => Source.parse((await call('POST /sources', body)).body)

  test('creating a source answers as documented and makes a run and the events of both', async () => {
    const created = await call('POST /sources/', EURONEWS)
    expect(created).toMatchObject({
      status: 200,
      body: {
        ...EURONEWS,
        session_id: null,
        file_types: [],
        schedule: DEFAULT_SCHEDULE,
        timezone: 'UTC',
        is_active: 'active',
        total_messages_scraped: 0,
      },
    })
    const source = Source.parse(created.body)
    expect(Object.keys(source).slice(0, 8)).toEqual([
      'id',
      'name',
      'identifier',
      'channel_title',
      'access_level',
      'target',
      'session_ref',
      'created_at',
    ])
    const runs = Runs.parse((await call(`GET /sources/${source.id}/runs`)).body)
    expect(runs).toMatchObject({
      items: [{ state: 'PENDING', trigger: 'created', source_id: source.id }],
      next_cursor: null,
    })
    const events = await service.database.db.$client`
      select subject, payload from outbox where payload->>'sourceId' = ${String(source.id)} order by id`
    expect([...events]).toEqual([
      { subject: 'source.created', payload: { sourceId: source.id } },
      { subject: 'run.requested', payload: { sourceId: source.id, runId: runs.items[0]?.id } },
    ])
    expect(await call(`GET /runs/${runs.items[0]?.id}`)).toMatchObject({
      status: 200,
      body: runs.items[0],
    })
    expect((await call(`GET /sources/${source.id}/`)).body).toEqual(source)
    expect((await call('GET /sources/')).body).toContainEqual(source)
  })

  test('POST /sources/private and /sources/public answer as documented', async () => {
    const inPrivate = await call('POST /sources/private', {
      name: 'My Scraper',
      api_id: 12345678,
      api_hash: 'your_hash',
      session_id: sessionId,
      channel_id: secretId,
      channel_title: 'Channel Name',
      file_types: ['pdf', '.ZIP', 'photo'],
      target: 'LOCAL',
      schedule: '0 */6 * * *',
    })
    expect(inPrivate).toMatchObject({
      status: 200,
      body: {
        access_level: 'private',
        identifier: String(secretId),
        session_ref: sessionId,
        session_id: sessionId,
        channel_title: 'Channel Name',
        file_types: ['pdf', 'zip', 'photo'],
        schedule: '0 */6 * * *',
      },
    })
    const inPublic = await call('POST /sources/public', {
      name: 'Tech News Scraper',
      api_id: 12345678,
      api_hash: 'abc123',
      channel_username: '@euronews_eng',
      file_types: ['pdf'],
      target: 'NAS',
      target_path: '/nas/tech',
      schedule: '0 0 * * *',
    })
    expect(inPublic).toMatchObject({
      status: 200,
      body: {
        access_level: 'public',
        identifier: '@euronews_eng',
        channel_title: 'Euronews',
        session_id: null,
        target_path: '/nas/tech',
      },
    })
    const { id } = Source.parse(inPublic.body)
    expect((await call(`POST /sources/${id}/trigger`)).status).toBe(202)
  })

  test('next_runs has the next three times of the schedule, in its time zone', async () => {
    const source = await create({ ...EURONEWS, schedule: '30 2 * * *', timezone: 'Asia/Kolkata' })
    const { next_run_at: first, next_runs: ahead } = z
      .object({ next_run_at: z.string(), next_runs: z.array(z.string()) })
      .parse(source)
    expect(ahead).toHaveLength(3)
    expect(ahead[0]).toBe(first)
    for (const instant of ahead) expect(instant).toMatch(/T21:00:00.000Z$/)
  })

  test('a source without a schedule, or a paused one, has no next run', async () => {
    const never = { schedule: null, next_run_at: null, next_runs: [] }
    expect(await create({ ...EURONEWS, schedule: null })).toMatchObject(never)
    const paused = await create({ ...EURONEWS, is_active: false })
    expect(paused).toMatchObject({ is_active: 'paused', next_run_at: null })
    expect((await call(`GET /sources/${paused.id}/runs`)).body).toMatchObject({ items: [] })
    expect((await call(`POST /sources/${paused.id}/resume`)).body).toMatchObject({
      is_active: 'active',
      next_run_at: expect.any(String),
    })
    expect((await call(`POST /sources/${paused.id}/pause`)).body).toEqual({
      ...paused,
      updated_at: expect.any(String),
    })
  })

  test('triggering a private source whose session was deleted gets 409', async () => {
    const { id } = await create(EURONEWS)
    await service.database.db.$client`
      update sources set access_level = 'private', session_id = null where id = ${id}`
    await service.database.db.$client`delete from runs where source_id = ${id}`
    expect(await call(`POST /sources/${id}/trigger`)).toMatchObject({
      status: 409,
      body: { code: 'source_without_session', detail: 'Session required for private channels' },
    })
    expect((await call(`GET /sources/${id}/runs`)).body).toMatchObject({ items: [] })
  })

  test('a numeric identifier is accepted as a JSON number, marked or bare', async () => {
    for (const identifier of [secretId, Number(`-100${secretId}`)])
      expect(await call('POST /sources', { ...EURONEWS, identifier })).toMatchObject({
        status: 200,
        body: { identifier: String(identifier) },
      })
  })

  test('bot token and api_hash are stored encrypted and are not in the answer', async () => {
    const bot_token = '6700000001:AAE-canary-token-of-a-bot-0'
    const answer = await call('POST /sources', { ...EURONEWS, bot_token, api_hash: 'canary' })
    expect(answer).toMatchObject({ status: 200, body: { has_bot_token: true } })
    const [row] = await service.database.db.$client`
      select sources::text as row from sources where id = ${Source.parse(answer.body).id}`
    expect(JSON.stringify([answer.body, row])).not.toContain('canary')
  })

  test('PATCH changes the given fields, and PUT accepts a source as it was answered', async () => {
    const source = await create(EURONEWS)
    const put = await call(`PUT /sources/${source.id}`, { ...source, name: 'Another name' })
    expect(put).toMatchObject({
      status: 200,
      body: { ...source, name: 'Another name', updated_at: expect.any(String) },
    })
    const patched = await call(`PATCH /sources/${source.id}`, {
      schedule: '0 5 * * *',
      max_file_size: 1000,
      is_active: true,
    })
    expect(patched).toMatchObject({
      status: 200,
      body: { name: 'Another name', max_file_size: 1000, schedule: '0 5 * * *' },
    })
    expect(z.object({ next_run_at: z.string() }).parse(patched.body).next_run_at).toMatch(
      /T05:00:00.000Z$/,
    )
    expect(await call(`PATCH /sources/${source.id}`, { schedule: null })).toMatchObject({
      body: { next_run_at: null },
    })
    for (const [change, detail] of [
      [{ schedule: 'soon' }, /is no schedule/],
      [{ target: 'S3' }, /not configured/],
      [{ access_level: 'private' }, /Session required/],
      [{ identifier: '@nobody_there' }, /knows no such channel/],
    ] as const)
      expect(await call(`PATCH /sources/${source.id}`, change)).toMatchObject({
        status: 400,
        body: { detail: expect.stringMatching(detail) },
      })
  })

  test('the channel of a source cannot be changed after messages are stored', async () => {
    const source = await create(EURONEWS)
    await service.database.db.$client`update sources set total_messages = 1 where id = ${source.id}`
    const change = { identifier: secretId, session_ref: sessionId }
    expect(await call(`PATCH /sources/${source.id}`, change)).toMatchObject({
      status: 400,
      body: { detail: 'This is another channel: make another source of it' },
    })
    expect(
      await call(`PATCH /sources/${source.id}`, { identifier: 'https://t.me/euronews_eng' }),
    ).toMatchObject({ status: 200 })
  })

  test('sources are listed by filters, in pages', async () => {
    const names = ['Filter one', 'Filter two', 'Filter 100%', 'Filter four', 'Filter five']
    for (const name of names) await create({ ...EURONEWS, name, is_active: name.length < 11 })
    const listed = async (query: string) => {
      const { body } = await call(`GET /sources?${query}`)
      return z
        .array(z.object({ name: z.string() }))
        .parse(body)
        .map(({ name }) => name)
    }
    expect(await listed('q=filter')).toEqual(names)
    expect(await listed('q=100%25')).toEqual(['Filter 100%'])
    expect(await listed('q=filter&is_active=paused')).toEqual(names.slice(2))
    expect(await listed('q=filter&is_active=false')).toEqual(names.slice(2))
    expect(await listed('q=filter&is_active=true')).toEqual(names.slice(0, 2))
    expect(await listed(`session_id=${sessionId}&target=NAS`)).toEqual([])

    const paged: string[] = []
    let next: string | undefined = '/sources?q=filter&limit=2'
    for (let pages = 0; next !== undefined; pages++) {
      expect(pages).toBeLessThan(3)
      const { body, headers } = await call(`GET ${next}`)
      paged.push(
        ...z
          .array(z.object({ name: z.string() }))
          .parse(body)
          .map(({ name }) => name),
      )
      next = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(paged).toEqual(names)
  })

  test('a list without a limit has 1000 sources and a link to the next page', async () => {
    const tenantId = uuidv7()
    const { $client } = service.database.db
    await $client`insert into tenants (id, name) values (${tenantId}, 'many')`
    await $client`
      insert into sources (name, identifier, channel_title, access_level, target, owner_kind, owner_id)
      select 'Many ' || n, '@many', 'Many', 'public', 'LOCAL', 'tenant', ${tenantId} from generate_series(1, 1001) n`
    const actor: Actor = { ...OPERATOR, owner: { kind: 'tenant', id: tenantId } }
    const first = await service.call('GET /sources/', undefined, actor)
    expect(first.body).toHaveLength(1000)
    const next = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1]
    const rest = await service.call(`GET ${next}`, undefined, actor)
    expect(rest.body).toMatchObject([{ name: 'Many 1001' }])
    expect(rest.headers.get('link')).toBeNull()
  })

  test('a deleted source gets 404, and its run is cancelled', async () => {
    const source = await create(EURONEWS)
    const runs = Runs.parse((await call(`GET /sources/${source.id}/runs`)).body)
    expect(await call(`DELETE /sources/${source.id}`)).toMatchObject({
      status: 200,
      body: { message: 'Source deleted successfully' },
    })
    for (const operation of [
      `GET /sources/${source.id}`,
      `GET /sources/${source.id}/runs`,
      `POST /sources/${source.id}/trigger`,
      `POST /sources/${source.id}/pause`,
      `DELETE /sources/${source.id}`,
    ])
      expect(await call(operation)).toMatchObject({
        status: 404,
        body: { detail: 'Source not found' },
      })
    expect((await call(`GET /runs/${runs.items[0]?.id}`)).body).toMatchObject({
      state: 'CANCELLED',
      finished_at: expect.any(String),
    })
    expect((await call(`DELETE /sources/${source.id}?archive=delete`)).status).toBe(200)
    expect((await call(`DELETE /sources/${source.id}?archive=delete`)).status).toBe(404)
  })
})
