import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateways, type Answer, type Gateways } from './gateway.ts'
import { callApi, makeKey } from './keys.ts'

const ANOTHER_SITE: readonly (readonly [string, Record<string, string>])[] = [
  ['an Origin', { origin: 'https://elsewhere.example' }],
  ['an Origin on another port', { origin: 'http://127.0.0.1:1' }],
  ['a sandboxed page', { origin: 'null' }],
  ['Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
  ['a neighbouring site', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:9' }],
]

describe('a browser', () => {
  let gateways: Gateways
  let api: string
  let otherReplica: string

  beforeAll(async () => {
    gateways = await startGateways({ authMode: 'keys' })
    ;[api, otherReplica] = gateways.urls
  })
  afterAll(() => gateways.close())

  async function logIn(key: string): Promise<{ cookie: string; answer: Answer }> {
    const answer = await callApi(api, 'POST /auth/login', { body: { key } })
    const [cookie = ''] = answer.headers.get('set-cookie')?.split(';') ?? []
    return { cookie, answer }
  }

  test('logs in with a key, has the scopes of the key, and logs out', async () => {
    const { key, row } = await makeKey(gateways, { scopes: ['sessions:read', 'keys:write'] })
    const { cookie, answer } = await logIn(key)
    const me = {
      auth_mode: 'keys',
      key_id: row.id,
      name: 'a test',
      tenant_id: null,
      scopes: ['sessions:read', 'keys:write'],
    }
    expect(answer).toMatchObject({ status: 200, body: me })
    expect(answer.headers.get('set-cookie')).toMatch(
      /^telegather_login=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    )
    const headers = { cookie }
    expect((await callApi(otherReplica, 'GET /auth/me', { headers })).body).toEqual(me)
    expect((await callApi(api, 'GET /sessions', { headers })).status).toBe(200)
    expect((await callApi(api, 'GET /audit', { headers })).status).toBe(403)

    const left = await callApi(otherReplica, 'POST /auth/logout', { headers })
    expect(left.status).toBe(200)
    expect(left.headers.get('set-cookie')).toMatch(/^telegather_login=; Max-Age=0; Path=\//)
    expect((await callApi(api, 'GET /auth/me', { headers })).status).toBe(401)
    expect((await callApi(api, 'POST /auth/logout', { headers })).status).toBe(200)

    const events = await gateways.database.db.$client`
      select action from audit_events where key_id = ${row.id} order by id`
    expect(events.map(({ action }) => action)).toEqual(['browser.logged_in', 'browser.logged_out'])
  })

  test.each([{ origin: 'https://telegather.example' }, { 'x-forwarded-proto': 'https' }])(
    'gets a cookie for https only where it came by https: %j',
    async (headers) => {
      const { key } = await makeKey(gateways)
      const host = { 'sec-fetch-site': 'same-origin' }
      const answer = await callApi(api, 'POST /auth/login', {
        body: { key },
        headers: { ...headers, ...host },
      })
      expect(answer.headers.get('set-cookie')).toMatch(/; Secure; SameSite=Strict$/)
    },
  )

  test('is logged out when its key is revoked or expires, and after 7 days', async () => {
    const { db } = gateways.database
    const ends = [
      (id: string) => db.$client`update api_keys set revoked_at = now() where id = ${id}`,
      (id: string) => db.$client`update api_keys set expires_at = now() where id = ${id}`,
      (id: string) =>
        db.$client`
          update browser_logins set expires_at = expires_at - interval '7 days'
          where key_id = ${id}`,
    ]
    for (const end of ends) {
      const { key, row } = await makeKey(gateways)
      const { cookie } = await logIn(key)
      expect((await callApi(api, 'GET /sessions', { headers: { cookie } })).status).toBe(200)
      await end(row.id)
      expect((await callApi(api, 'GET /sessions', { headers: { cookie } })).status).toBe(401)
    }
    await logIn((await makeKey(gateways)).key)
    const expired = await db.$client`select from browser_logins where expires_at <= now()`
    expect(expired).toHaveLength(0)
  })

  test.each(['wrong', `tg_${'0'.repeat(16)}_${'A'.repeat(43)}`])(
    'does not log in with %s',
    async (key) => {
      const { answer } = await logIn(key)
      expect(answer).toMatchObject({ status: 401, body: { detail: 'The API key is not valid' } })
      expect(answer.headers.get('set-cookie')).toBeNull()
      expect(answer.text).not.toContain(key)
    },
  )

  test.each(ANOTHER_SITE)('is refused a cross-site change: %s', async (_, headers) => {
    const { key } = await makeKey(gateways)
    const { cookie } = await logIn(key)
    const create = { body: { name: 'forged', scopes: ['*'] } }
    const forged = await callApi(api, 'POST /keys', { ...create, headers: { cookie, ...headers } })
    expect(forged).toMatchObject({
      status: 403,
      body: { detail: 'Another site may not change anything here' },
    })
    for (const change of ['POST /auth/login', 'POST /auth/logout'])
      expect((await callApi(api, change, { body: { key }, headers })).status).toBe(403)
    expect((await callApi(api, 'GET /auth/me', { headers: { cookie } })).status).toBe(200)
    // A browser never sends a key in a header by itself.
    expect((await callApi(api, 'POST /keys', { ...create, key, headers })).status).toBe(201)
  })

  test('may change something from the same site, from the address bar, and from a trusted origin', async () => {
    const { cookie } = await logIn((await makeKey(gateways)).key)
    const own: Record<string, string>[] = [
      {},
      { origin: api },
      { origin: api, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' },
    ]
    const body = { name: 'mine', scopes: ['*'] }
    for (const headers of own)
      expect(
        (await callApi(api, 'POST /keys', { body, headers: { cookie, ...headers } })).status,
      ).toBe(201)
  })
})

describe('without keys', () => {
  let gateways: Gateways
  let api: string
  beforeAll(async () => {
    gateways = await startGateways()
    ;[api] = gateways.urls
  })
  afterAll(() => gateways.close())

  test('every client on this machine is the operator', async () => {
    expect(await callApi(api, 'GET /auth/me')).toMatchObject({
      status: 200,
      body: { auth_mode: 'none', key_id: null, name: null, tenant_id: null, scopes: ['*'] },
    })
    expect((await callApi(api, 'GET /keys', { key: 'anything' })).status).toBe(200)
  })

  test.each(ANOTHER_SITE)('a cross-site change is refused: %s', async (_, headers) => {
    const body = { name: 'forged', scopes: ['*'] }
    expect((await callApi(api, 'POST /keys', { body, headers })).status).toBe(403)
  })

  test.each([
    ['127.0.0.1:8000', 200],
    ['localhost', 200],
    ['[::1]:8000', 200],
    ['elsewhere.example:8000', 403],
    ['127.0.0.1.elsewhere.example', 403],
  ])(
    'a request with the host %s, which DNS rebinding may have sent, gets %i',
    async (host, status) => {
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
      request(`${api}/sessions`, { headers: { host, 'x-api-key': 'any' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
      expect(await promise).toBe(status)
    },
  )
})
