import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { EURONEWS, startService, type Service } from './service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.close())

const created = z.object({ id: z.union([z.int(), z.uuid()]) })

test('a second request returns the unfinished verification, and each new one is audited and shows its findings', async () => {
  const { $client } = service.database.db
  const { id } = created.parse((await service.call('POST /sources', EURONEWS)).body)
  const url = `/sources/${id}/verify-files`
  expect((await service.call(`GET ${url}`)).status).toBe(404)

  const first = await service.call(`POST ${url}?by_hash=true`)
  expect([first.status, first.body]).toMatchObject([
    202,
    { source_id: id, state: 'PENDING', by_hash: true, files_checked: 0, findings: [] },
  ])
  const verification = created.parse(first.body)
  const again = await service.call(`POST ${url}`)
  expect([again.status, again.body]).toMatchObject([202, { id: verification.id, by_hash: true }])

  await $client`
    insert into file_findings (verification_id, file_id, message_id, problem, expected_size)
    values (${verification.id}, 7, 5, 'missing', 100)`
  await $client`
    update file_verifications set state = 'COMPLETED', files_checked = 9, files_missing = 1,
      started_at = now(), finished_at = now() where id = ${verification.id}`
  const last = await service.call(`GET ${url}`)
  expect([last.status, last.body]).toMatchObject([
    200,
    {
      id: verification.id,
      state: 'COMPLETED',
      files_checked: 9,
      findings: [{ file_id: 7, message_id: 5, problem: 'missing', expected_size: 100 }],
    },
  ])
  const next = await service.call(`POST ${url}`)
  expect(created.parse(next.body).id).not.toBe(verification.id)

  const audit = await $client`
    select object_id, details from audit_events where action = 'source.verification_requested' order by id`
  expect(Array.from(audit)).toEqual([
    { object_id: String(id), details: { name: EURONEWS.name, by_hash: true } },
    { object_id: String(id), details: { name: EURONEWS.name, by_hash: false } },
  ])
  expect((await service.call('POST /sources/999999/verify-files')).status).toBe(404)
})
