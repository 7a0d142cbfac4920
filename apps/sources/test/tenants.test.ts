import type { Actor } from '@telegather/contracts'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { ACTOR_HEADER, createLog, listen, signActor, type App } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { buildApp } from '../src/app.ts'

const INTERNAL_KEY = 'k'.repeat(32)
const OPERATOR: Actor = { keyId: null, tenantId: null, scopes: ['*'] }
const tenant = (tenantId: string): Actor => ({ keyId: 'k', tenantId, scopes: ['*'] })

const EURONEWS = { name: 'Euronews', identifier: '@euronews_eng', target: 'LOCAL' }
const Source = z.object({ id: z.int() })
const Runs = z.object({ items: z.tuple([z.object({ id: z.uuid() })]) })

describe('sources and runs', () => {
  let database: TestDatabase
  let app: App
  let api: string

  beforeAll(async () => {
    database = await createTestDatabase(inject('postgresUrl'))
    const { db } = database
    const log = createLog({ name: 'test', level: 'silent' })
    const { signal } = new AbortController()
    app = buildApp({ db, log, ready: {}, signal, internalKey: INTERNAL_KEY })
    api = await listen(app, { host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await app.close()
    await database.close()
  })

  async function call(actor: Actor, operation: string, body?: unknown) {
    const [method = '', path = ''] = operation.split(' ')
    const response = await fetch(api + path, {
      method,
      headers: {
        [ACTOR_HEADER]: signActor(INTERNAL_KEY, actor),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }

  test('are answered to the gateway only', async () => {
    const headers: Record<string, string>[] = [
      {},
      { [ACTOR_HEADER]: 'operator' },
      { [ACTOR_HEADER]: signActor('another key that is long enough', OPERATOR) },
    ]
    for (const path of ['/sources', '/sources/1', '/runs/01a1fbe7-a574-7738-94f6-51a6327e5ec3'])
      for (const given of headers)
        expect((await fetch(api + path, { headers: given })).status).toBe(401)
    expect((await fetch(`${api}/health`)).status).toBe(200)
  })

  test('are seen by whom they belong to', async () => {
    const [one, other] = [uuidv7(), uuidv7()]
    const { $client } = database.db
    await $client`insert into tenants (id, name) values (${one}, 'one'), (${other}, 'other')`
    const [session] = await $client<[{ id: number }]>`
      insert into sessions (tenant_id, session_name, phone_number, telegram_user_id, encrypted_auth, api_id, encrypted_api_hash, device)
      values (${one}, 'one', '+9996621001', 1, 'sealed', 1, 'sealed', '{}')
      returning id`
    const source = { ...EURONEWS, access_level: 'private', session_ref: session.id }

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
      `POST /sources/${id}/trigger`,
      `GET /runs/${Runs.parse(runs).items[0].id}`,
      `DELETE /sources/${id}`,
    ]
    for (const actor of [tenant(other), OPERATOR]) {
      for (const operation of operations) expect((await call(actor, operation)).status).toBe(404)
      expect((await call(actor, 'GET /sources')).body).toEqual([])
    }
    expect((await call(tenant(one), 'GET /sources')).body).toEqual([created])
    await $client`update runs set state = 'COMPLETED'`
    for (const operation of operations)
      expect((await call(tenant(one), operation)).status).toBeLessThan(300)
    const events = await $client`
      select action, object_id, key_id from audit_events where tenant_id = ${one} order by id`
    expect([...events]).toEqual([
      { action: 'source.created', object_id: String(id), key_id: 'k' },
      { action: 'run.triggered', object_id: expect.any(String), key_id: 'k' },
      { action: 'source.deleted', object_id: String(id), key_id: 'k' },
    ])
  })
})
