import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateways, type Gateways } from './gateway.ts'
import { callApi, makeKey, makeTenant } from './keys.ts'

describe('a list', () => {
  let gateways: Gateways
  let api: string
  let key: string
  let tenantId: string

  beforeAll(async () => {
    gateways = await startGateways({ authMode: 'keys' })
    ;[api] = gateways.urls
    tenantId = await makeTenant(gateways, 'many')
    ;({ key } = await makeKey(gateways, { tenantId }))
  })
  afterAll(() => gateways.close())

  /** The names on each page. Pages are followed by their links. */
  async function pagesOf(path: string): Promise<string[][]> {
    const pages: string[][] = []
    for (let next: string | undefined = path; next !== undefined;) {
      expect(pages.length).toBeLessThan(10)
      const { status, headers, body } = await callApi(api, `GET ${next}`, { key })
      expect(status).toBe(200)
      const items = body as unknown as { name?: string; session_name?: string }[]
      pages.push(items.map(({ name, session_name }) => String(name ?? session_name)))
      next = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
    }
    return pages
  }

  test('of sessions has up to 1000 items without a limit, and a link to the next page', async () => {
    await gateways.database.db.$client`
      insert into sessions (owner_kind, owner_id, session_name, phone_number, telegram_user_id, encrypted_auth, api_id,
        encrypted_api_hash, device)
      select 'tenant', ${tenantId}, 'Many ' || n, '+' || n, n, '', 1, '', '{}' from generate_series(1, 1001) n`
    const names = Array.from({ length: 1001 }, (_, index) => `Many ${index + 1}`)
    expect(await pagesOf('/sessions/')).toEqual([names.slice(0, 1000), names.slice(1000)])
    const ofAPage = (page: number) => names.slice(page * 334, (page + 1) * 334)
    expect(await pagesOf('/sessions?limit=334')).toEqual([0, 1, 2].map(ofAPage))
  })

  test('of keys that were created at the same instant has each of them once', async () => {
    await gateways.database.db.$client`
      insert into api_keys (id, name, secret_sha256, scopes, owner_kind, owner_id, created_at)
      select to_hex(n), 'Many ' || n, '', '{}', 'tenant', ${tenantId}, '2020-01-01' from generate_series(1, 1001) n`
    const pages = await pagesOf('/keys')
    expect(pages.map(({ length }) => length)).toEqual([1000, 2])
    const all = pages.flat()
    expect(all[0]).toBe('a test')
    expect(new Set(all).size).toBe(1002)
    expect((await pagesOf('/keys?limit=400')).flat()).toEqual(all)
  })

  test.each(['/sessions', '/keys'])('%s refuses a page of more than a thousand', async (path) => {
    expect(await callApi(api, `GET ${path}?limit=1001`, { key })).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', errors: [{ field: 'limit' }] },
    })
  })
})
