import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { EURONEWS, startService, type Service } from './service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.close())

test('accept-deletions marks confirmed deletions once, with an audit event, and leaves out those of the current run', async () => {
  const { $client } = service.database.db
  const created = await service.call('POST /sources', EURONEWS)
  const { id } = z.object({ id: z.int() }).parse(created.body)
  expect(created.body).toMatchObject({ deletions_to_accept: 0 })
  await $client`
    insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw, missing_at)
    select ${id}, n, 'text', now(), 'text', '[]', '[]', '{}',
      case when n > 20 then now() when n > 5 then now() - interval '1 hour' end
    from generate_series(1, 21) n`
  await $client`update sources set deletions_to_accept = 15 where id = ${id}`
  expect((await service.call(`GET /sources/${id}`)).body).toMatchObject({ deletions_to_accept: 15 })

  for (let time = 1; time <= 2; time++) {
    const { status, body } = await service.call(`POST /sources/${id}/accept-deletions`)
    expect([status, body]).toMatchObject([200, { id, deletions_to_accept: 0 }])
  }
  const [marked] = await $client`
    select count(*)::int as rows, min(message_id) as first from messages where deleted_at is not null`
  expect(marked).toEqual({ rows: 15, first: 6 })
  const audit = await $client`
    select object_id, details from audit_events where action = 'source.deletions_accepted'`
  expect(Array.from(audit)).toEqual([
    { object_id: String(id), details: { name: EURONEWS.name, messages: 15 } },
  ])
  expect((await service.call('POST /sources/999999/accept-deletions')).status).toBe(404)
})
