import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NoUsableKey, requireKey } from '../src/edge/keys/require-key.ts'
import { startGateways, type Gateways } from './gateway.ts'
import { callApi, makeKey, makeTenant } from './keys.ts'

describe('API keys', () => {
  let gateways: Gateways
  let api: string
  let otherReplica: string
  let operator: string

  beforeAll(async () => {
    gateways = await startGateways({ authMode: 'keys' })
    ;[api, otherReplica] = gateways.urls
    await expect(requireKey(gateways.database.db, 'keys')).rejects.toThrow(NoUsableKey)
    await expect(requireKey(gateways.database.db, 'keys')).rejects.toThrow(
      'npm run keys:create-api',
    )
    await requireKey(gateways.database.db, 'none')
    operator = (await makeKey(gateways)).key
    await requireKey(gateways.database.db, 'keys')
  })
  afterAll(() => gateways.close())

  const create = (body: unknown, key = operator) => callApi(api, 'POST /keys', { key, body })

  test('are shown once and stored as a hash', async () => {
    const created = await create({ name: 'reader', scopes: ['sessions:read', 'sessions:read'] })
    expect(created.status).toBe(201)
    expect(created.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: 'reader',
      scopes: ['sessions:read'],
      tenant_id: null,
      created_at: expect.any(String),
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
      key: `tg_${String(created.body['id'])}_${String(created.body['key']).slice(20)}`,
    })
    expect(created.headers.get('cache-control')).toBe('no-store')

    const secret = String(created.body['key']).slice(20)
    const list = await callApi(api, 'GET /keys', { key: operator })
    const { key: _key, ...shown } = created.body
    expect(list.body).toContainEqual(shown)
    expect(list.text).not.toContain(secret)
    const [{ stored }] = await gateways.database.db.$client<[{ stored: string }]>`
      select json_agg(k)::text || (select json_agg(a)::text from audit_events a) as stored
      from api_keys k`
    expect(stored).toContain(created.body['id'])
    expect(stored).not.toContain(secret)
  })

  test('allow the operations of their scopes, as bearer token or in X-API-Key', async () => {
    const { key } = await makeKey(gateways, { scopes: ['sessions:read', 'audit:read'] })
    const spellings = [
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key}` },
      { 'x-api-key': key },
    ]
    for (const headers of spellings)
      expect((await callApi(api, 'GET /sessions', { headers })).status).toBe(200)
    expect(await callApi(api, 'GET /keys', { key })).toMatchObject({
      status: 403,
      body: { code: 'scope_missing', detail: 'This key lacks the scope keys:read' },
    })
    expect((await callApi(api, 'GET /auth/me', { key })).body).toEqual({
      auth_mode: 'keys',
      key_id: key.slice(3, 19),
      name: 'a test',
      tenant_id: null,
      scopes: ['sessions:read', 'audit:read'],
    })
  })

  test.each([
    ['none', {}],
    ['an empty one', { authorization: '' }],
    ['another scheme', { authorization: 'Basic dGc6dGc=' }],
    ['no key', { authorization: 'Bearer secret' }],
    ['an unknown one', { authorization: `Bearer tg_${'0'.repeat(16)}_${'A'.repeat(43)}` }],
    ['an empty header', { 'x-api-key': '' }],
  ])('are required: %s is a 401', async (_, headers) => {
    const refused = await callApi(api, 'GET /sessions', { headers })
    expect(refused).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  })

  test('with the secret or the id of another key are refused', async () => {
    const [one, two] = [(await makeKey(gateways)).key, (await makeKey(gateways)).key]
    const mixed = one.slice(0, 20) + two.slice(20)
    const changed = one.slice(0, -1) + (one.endsWith('A') ? 'B' : 'A')
    for (const key of [mixed, changed])
      expect((await callApi(api, 'GET /sessions', { key })).status).toBe(401)
    // A wrong key in a header is refused, even with a valid key in the other header.
    const headers = { authorization: `Bearer ${changed}`, 'x-api-key': one }
    expect((await callApi(api, 'GET /sessions', { headers })).status).toBe(401)
  })

  test('are refused after they expired', async () => {
    const expires_at = new Date(Date.now() + 60_000).toISOString()
    const { body } = await create({ name: 'short', scopes: ['*'], expires_at })
    const key = String(body['key'])
    expect((await callApi(api, 'GET /sessions', { key })).status).toBe(200)
    await gateways.database.db.$client`
      update api_keys set expires_at = now() where id = ${String(body['id'])}`
    expect((await callApi(api, 'GET /sessions', { key })).status).toBe(401)
    const past = await create({ name: 'past', scopes: ['*'], expires_at: '2020-01-01T00:00:00Z' })
    expect(past.status).toBe(400)
  })

  test('are refused at every replica after they were revoked', async () => {
    const { key, row } = await makeKey(gateways)
    expect((await callApi(otherReplica, 'GET /sessions', { key })).status).toBe(200)
    const revoked = await callApi(api, `DELETE /keys/${row.id}`, { key: operator })
    expect(revoked).toMatchObject({ status: 200, body: { revoked_at: expect.any(String) } })
    expect((await callApi(otherReplica, 'GET /sessions', { key })).status).toBe(401)
    const again = await callApi(api, `DELETE /keys/${row.id}`, { key: operator })
    expect(again.body['revoked_at']).toBe(revoked.body['revoked_at'])
    expect(await callApi(api, 'DELETE /keys/unknown', { key: operator })).toMatchObject({
      status: 404,
      body: { detail: 'Key not found' },
    })
    const events = await gateways.database.db.$client`
      select key_id from audit_events where action = 'key.revoked' and object_id = ${row.id}`
    expect([...events]).toEqual([{ key_id: operator.slice(3, 19) }])
  })

  test('show when they were used last, to the minute', async () => {
    const { key, row } = await makeKey(gateways)
    const lastUse = async () => {
      const [{ last_used_at }] = await gateways.database.db.$client<[{ last_used_at: string }]>`
        select last_used_at from api_keys where id = ${row.id}`
      return new Date(last_used_at)
    }
    await callApi(api, 'GET /sessions', { key })
    const first = await lastUse()
    expect(Math.abs(first.getTime() - Date.now())).toBeLessThan(60_000)
    await callApi(otherReplica, 'GET /sessions', { key })
    expect(await lastUse()).toEqual(first)
    await gateways.database.db.$client`
      update api_keys set last_used_at = now() - interval '61 seconds' where id = ${row.id}`
    await callApi(api, 'GET /sessions', { key })
    expect((await lastUse()).getTime()).toBeGreaterThan(first.getTime())
  })

  test('cannot create keys with scopes that they do not have', async () => {
    const { key } = await makeKey(gateways, { scopes: ['keys:write', 'sessions:read'] })
    const beyond = await create({ name: 'more', scopes: ['sessions:read', 'audit:read', '*'] }, key)
    expect(beyond).toMatchObject({
      status: 403,
      body: { detail: 'This key cannot grant scopes that it does not have: audit:read, *' },
    })
    expect((await create({ name: 'less', scopes: ['sessions:read'] }, key)).status).toBe(201)
  })

  test('of a tenant show and create only keys of that tenant', async () => {
    const [mine, other] = await Promise.all(['A', 'B'].map((name) => makeTenant(gateways, name)))
    const tenant = await makeKey(gateways, { tenantId: mine ?? null })
    const foreign = await makeKey(gateways, { tenantId: other ?? null })
    const { key } = tenant

    const made = await create({ name: 'second', scopes: ['sessions:read'] }, key)
    expect(made).toMatchObject({ status: 201, body: { tenant_id: mine } })
    const list = await callApi(api, 'GET /keys', { key })
    expect(JSON.parse(list.text).map(({ id }: { id: string }) => id)).toEqual([
      made.body['id'],
      tenant.row.id,
    ])
    expect((await callApi(api, `DELETE /keys/${foreign.row.id}`, { key })).status).toBe(404)
    expect((await callApi(api, `DELETE /keys/${operator.slice(3, 19)}`, { key })).status).toBe(404)
    for (const tenant_id of [other, '01a1fbe7-a574-7738-94f6-51a6327e5ec3'])
      expect(await create({ name: 'x', scopes: ['*'], tenant_id }, key)).toMatchObject({
        status: 404,
        body: { detail: 'Tenant not found' },
      })
    const unknownTenant = {
      name: 'x',
      scopes: ['*'],
      tenant_id: '01a1fbe7-a574-7738-94f6-51a6327e5ec3',
    }
    expect((await create(unknownTenant)).status).toBe(404)
    expect((await callApi(api, 'GET /keys', { key: foreign.key })).status).toBe(200)
  })

  test('are audited; a tenant sees the events of its own keys, page by page', async () => {
    const tenantId = await makeTenant(gateways, 'traced')
    const { key, row } = await makeKey(gateways, { tenantId })
    for (const name of ['one', 'two', 'three']) await create({ name, scopes: ['*'] }, key)
    const events: Record<string, unknown>[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const { body } = await callApi(api, `GET /audit?limit=2${query}`, { key })
      const items = body['items'] as Record<string, unknown>[]
      expect(items.length).toBeLessThanOrEqual(2)
      events.push(...items)
      cursor = body['next_cursor'] as string | null
    } while (cursor !== null)
    expect(events.map(({ details }) => details)).toEqual([
      { name: 'three', scopes: ['*'] },
      { name: 'two', scopes: ['*'] },
      { name: 'one', scopes: ['*'] },
      { name: 'a test', scopes: ['*'] },
    ])
    expect(events[0]).toMatchObject({ action: 'key.created', key_id: row.id, tenant_id: tenantId })
    const all = await callApi(api, 'GET /audit?limit=100', { key: operator })
    expect(all.body['items']).toEqual(expect.arrayContaining(events))
  })
})
