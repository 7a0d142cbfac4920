import type { Actor } from '@telegather/contracts'
import { ACTOR_HEADER, signActor } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { OPERATOR, startService, type Service } from './service.ts'

const tenant = (id: string): Actor => ({
  keyId: 'k',
  owner: { kind: 'tenant', id },
  scopes: ['*'],
})

const Source = z.object({ id: z.int() })
const Runs = z.object({ items: z.tuple([z.object({ id: z.uuid() })]) })

describe('sources and runs', () => {
  let service: Service

  beforeAll(async () => {
    service = await startService()
  })
  afterAll(() => service.close())

  const call = async (actor: Actor, operation: string, body?: unknown) =>
    service.call(operation, body, actor)

  test('a request without a valid actor header gets 401', async () => {
    const headers: Record<string, string>[] = [
      {},
      { [ACTOR_HEADER]: 'operator' },
      { [ACTOR_HEADER]: signActor('another key that is long enough', OPERATOR) },
    ]
    for (const path of ['/sources', '/sources/1', '/runs/01a1fbe7-a574-7738-94f6-51a6327e5ec3'])
      for (const invalid of headers)
        expect((await fetch(service.url + path, { headers: invalid })).status).toBe(401)
    expect((await fetch(`${service.url}/health`)).status).toBe(200)
  })

  test('sources and runs of a tenant get 404 for other tenants and the operator', async () => {
    const [one, other] = [uuidv7(), uuidv7()]
    const { $client } = service.database.db
    await $client`insert into tenants (id, name) values (${one}, 'one'), (${other}, 'other')`
    const sessionId = await service.addSession({ owner: { kind: 'tenant', id: one } })
    const identifier = await service.addChannel({ title: 'Behind closed doors' })
    const source = {
      name: 'Doors',
      identifier,
      target: 'LOCAL',
      access_level: 'private',
      session_ref: sessionId,
    }

    const browser = { kind: 'browser', id: uuidv7() } as const
    const browsers = await service.addSession({ owner: browser, phone: '+9996621077' })
    for (const actor of [tenant(one), tenant(browser.id), OPERATOR])
      expect(
        await call(actor, 'POST /sources', { ...source, session_ref: browsers }),
      ).toMatchObject({ status: 404, body: { detail: 'Session not found' } })
    for (const actor of [tenant(other), OPERATOR])
      expect(await call(actor, 'POST /sources', source)).toMatchObject({
        status: 404,
        body: { detail: 'Session not found' },
      })
    const { body: created } = await call(tenant(one), 'POST /sources', source)
    const { id } = Source.parse(created)
    const { body: runs } = await call(tenant(one), `GET /sources/${id}/runs`)
    const operations = [
      `GET /sources/${id}`,
      `GET /sources/${id}/runs`,
      `POST /sources/${id}/pause`,
      `POST /sources/${id}/resume`,
      `POST /sources/${id}/trigger`,
      `GET /runs/${Runs.parse(runs).items[0].id}`,
      `DELETE /sources/${id}`,
    ]
    for (const actor of [tenant(other), OPERATOR]) {
      for (const operation of operations) expect((await call(actor, operation)).status).toBe(404)
      expect((await call(actor, `PATCH /sources/${id}`, {})).status).toBe(404)
      expect((await call(actor, 'GET /sources')).body).toEqual([])
    }
    expect((await call(tenant(one), 'GET /sources')).body).toEqual([created])
    await $client`update runs set state = 'COMPLETED'`
    for (const operation of operations)
      expect((await call(tenant(one), operation)).status).toBeLessThan(300)
    const events = await $client`
      select action, object_id, key_id from audit_events where owner_id = ${one} order by id`
    expect([...events]).toEqual([
      { action: 'source.created', object_id: String(id), key_id: 'k' },
      { action: 'source.paused', object_id: String(id), key_id: 'k' },
      { action: 'source.resumed', object_id: String(id), key_id: 'k' },
      { action: 'run.triggered', object_id: expect.any(String), key_id: 'k' },
      { action: 'source.deleted', object_id: String(id), key_id: 'k' },
    ])
  })
})
