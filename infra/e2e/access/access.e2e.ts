import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { API_CONTRACTS, SCOPES, type Contract, type Scope } from '@telegather/contracts'
import { sampleRequest, type KnownIds } from '@telegather/contracts/testing'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createDataDir, startStack, type RunningStack } from '../../testing/running-stack.ts'
import { createApiKey } from './create-api-key.ts'
import { dumpDatabase, hashRowsOfOthers, insertTenants, MARK } from './tenants.ts'

/** The only operations that require no API key. */
const PUBLIC = ['POST /auth/login', 'POST /auth/logout']

const nameOf = ({ method, url }: Contract) => `${method} ${url}`
const protectedContracts = API_CONTRACTS.filter(({ scope }) => scope !== null)
const every = protectedContracts.map((contract) => [nameOf(contract), contract] as const)

const Created = z.object({ id: z.string(), key: z.string() })

describe('every operation', { timeout: 120_000 }, () => {
  let dataDir: string
  let stack: RunningStack
  let sql: postgres.Sql
  let operator: string
  let tenants: { victim: string; other: string; ids: KnownIds }
  /** Texts that must not occur in logs, responses or the database. */
  const secrets: string[] = []
  const answers: string[] = []

  beforeAll(async () => {
    dataDir = await createDataDir()
    operator = await createApiKey(dataDir)
    stack = await startStack(dataDir, { AUTH_MODE: 'keys', LOG_LEVEL: 'trace' })
    sql = postgres(stack.databaseUrl, { max: 4, onnotice: () => {} })
    tenants = await insertTenants(sql)
    secrets.push(secretOf(operator), readFileSync(join(dataDir, 'session-enc-key'), 'utf8').trim())
  }, 120_000)
  afterAll(async () => {
    await sql.end()
    await stack.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  const secretOf = (key: string) => key.slice('tg_0123456789abcdef_'.length)

  async function send(
    contract: Contract,
    headers: Readonly<Record<string, string>>,
    { suffix = '' } = {},
  ) {
    const { method, path, body, namesObject } = sampleRequest(contract, tenants.ids)
    const url = new URL(path, stack.api)
    url.pathname += suffix
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const { status } = response
    if (nameOf(contract) === 'POST /keys' && status === 201) {
      secrets.push(secretOf(Created.parse(JSON.parse(text)).key))
      return { status, text: '', namesObject }
    }
    answers.push(text)
    return { status, text, namesObject }
  }

  async function makeKey(
    scopes: readonly Scope[],
    tenantId: string,
  ): Promise<z.infer<typeof Created>> {
    const response = await fetch(`${stack.api}/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'made for a test', scopes, tenant_id: tenantId }),
    })
    expect(response.status).toBe(201)
    const created = Created.parse(await response.json())
    secrets.push(secretOf(created.key))
    return created
  }

  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

  test('has a contract, and requires a key unless it is listed as public', async () => {
    const response = await fetch(`${stack.api}/docs/json`)
    const document = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(await response.json())
    const served = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      ),
    )
    const pages = ['GET /health', 'GET /ready']
    expect(served.filter((name) => !pages.includes(name)).toSorted()).toEqual(
      API_CONTRACTS.map(nameOf).toSorted(),
    )
    expect(API_CONTRACTS.filter(({ scope }) => scope === null).map(nameOf)).toEqual(PUBLIC)
    const used = new Set(API_CONTRACTS.map(({ scope }) => scope))
    expect(SCOPES.filter((scope) => scope !== '*' && !used.has(scope))).toEqual([])
  })

  test.each(every)('%s: a missing or malformed key is a 401', async (_, contract) => {
    const { key } = await makeKey(['*'], tenants.victim)
    const malformed: Record<string, string>[] = [
      {},
      { authorization: 'Bearer' },
      { authorization: key },
      { authorization: `Basic ${Buffer.from(`tg:${key}`).toString('base64')}` },
      { 'x-api-key': secretOf(key) },
      { 'x-api-key': `tg_0123456789abcdef_${secretOf(key)}` },
      { authorization: `Bearer ${key.slice(0, -1)}` },
      { cookie: `telegather_login=${secretOf(key)}` },
      { 'x-telegather-actor': 'e30.e30' },
    ]
    for (const headers of malformed) {
      expect((await send(contract, headers)).status).toBe(401)
      expect((await send(contract, headers, { suffix: '/' })).status).toBe(401)
    }
  })

  test.each(every)('%s: an expired or revoked key is a 401', async (_, contract) => {
    const expired = await makeKey(['*'], tenants.victim)
    await sql`update api_keys set expires_at = now() where id = ${expired.id}`
    expect((await send(contract, bearer(expired.key))).status).toBe(401)
    const revoked = await makeKey(['*'], tenants.victim)
    const answer = await fetch(`${stack.api}/keys/${revoked.id}`, {
      method: 'DELETE',
      headers: bearer(operator),
    })
    expect(answer.status).toBe(200)
    expect((await send(contract, bearer(revoked.key))).status).toBe(401)
  })

  test.each(every.filter(([, { scope }]) => scope !== 'any'))(
    '%s: a key without its scope is a 403',
    async (_, contract) => {
      const others = SCOPES.filter((scope) => scope !== '*' && scope !== contract.scope)
      const { key } = await makeKey(others, tenants.victim)
      const refused = await send(contract, bearer(key))
      expect(refused).toMatchObject({ status: 403 })
      expect(refused.text).toContain(`This key lacks the scope ${contract.scope}`)
    },
  )

  test.each(every)(
    "%s: another tenant's key finds, shows and changes nothing",
    async (_, contract) => {
      const { key } = await makeKey(['*'], tenants.other)
      const before = await hashRowsOfOthers(sql, tenants.other)
      const answer = await send(contract, bearer(key))
      // Requests without an id are answered with the tenant's own objects.
      if (answer.namesObject) expect(answer).toMatchObject({ status: 404 })
      else expect(answer.status).toBeLessThan(500)
      expect(answer.text).not.toContain(MARK)
      expect(await hashRowsOfOthers(sql, tenants.other)).toBe(before)
    },
  )

  test.each(every.filter(([, { url }]) => url.includes(':')))(
    "%s: the operator's key gets a 404 for a tenant's objects, except its keys",
    async (name, contract) => {
      const before = await hashRowsOfOthers(sql, tenants.other)
      const answer = await send(contract, bearer(operator))
      expect(answer.status).toBe(name === 'DELETE /keys/:key_id' ? 200 : 404)
      if (answer.status === 404) expect(await hashRowsOfOthers(sql, tenants.other)).toBe(before)
    },
  )

  test("the victim's own key finds all its objects", async () => {
    const { key } = await makeKey(['*'], tenants.victim)
    for (const contract of protectedContracts.filter(({ method }) => method === 'GET')) {
      const { status, namesObject } = await send(contract, bearer(key))
      if (namesObject) expect([nameOf(contract), status]).not.toEqual([nameOf(contract), 404])
    }
  })

  test('no secret is in logs, responses or the database', async () => {
    const fromCommandLine = await createApiKey(
      dataDir,
      '--tenant',
      tenants.other,
      '--scopes',
      'sessions:read',
    )
    const login = await fetch(`${stack.api}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: fromCommandLine }),
    })
    const cookie = /^telegather_login=([\w-]+)/.exec(login.headers.get('set-cookie') ?? '')?.[1]
    expect(cookie).toHaveLength(43)
    secrets.push(secretOf(fromCommandLine), String(cookie))
    answers.push(await login.text())
    const me = await fetch(`${stack.api}/auth/me`, {
      headers: { cookie: `telegather_login=${cookie}` },
    })
    expect(me.status).toBe(200)
    answers.push(await me.text())
    // A key in a wrong place of the request must not be logged either.
    for (const path of [`/sessions?key=${operator}`, `/${operator}`, `/keys/${operator}`])
      answers.push(await (await fetch(stack.api + path, { headers: bearer(operator) })).text())

    const written = stack.output()
    const stored = await dumpDatabase(sql)
    expect(written).toContain('http.request')
    expect(stored).toContain(MARK)
    expect(secrets.length).toBeGreaterThan(protectedContracts.length)
    for (const secret of secrets)
      for (const text of [written, stored, ...answers]) expect(text.includes(secret)).toBe(false)
  })
})
