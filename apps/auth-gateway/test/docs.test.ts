import { createConfig, lintFromString } from '@redocly/openapi-core'
import { API_CONTRACTS } from '@telegather/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get, startGateways, type Gateways } from './gateway.ts'

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly example?: unknown
  readonly enum?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>

interface OpenApi {
  readonly openapi: string
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
  readonly paths: Record<
    string,
    Record<
      string,
      {
        readonly responses: Readonly<Record<string, { readonly content?: Content }>>
        readonly requestBody?: { readonly content: Content }
        readonly security?: unknown
      }
    >
  >
}

describe('the documentation', () => {
  let gateways: Gateways
  let api: string

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api] = gateways.urls
  })
  afterAll(() => gateways.close())

  test('is an HTML page and an OpenAPI 3.1 document', async () => {
    const page = await fetch(`${api}/docs`)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('swagger')
    const { status, body } = await get(`${api}/docs/json`)
    expect(status).toBe(200)
    const document = body as unknown as OpenApi
    expect(document.openapi).toMatch(/^3\.1/)
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/sessions/send-otp',
        '/sessions/{session_id}/channels',
        '/sources',
        '/sources/{source_id}/runs',
        '/runs/{run_id}',
      ]),
    )
  })

  test('passes the recommended rules of Redocly without errors and warnings', async () => {
    const { body } = await get(`${api}/docs/json`)
    const config = await createConfig({ extends: ['recommended'] })
    const problems = await lintFromString({ source: JSON.stringify(body), config })
    const found = problems.map(({ severity, ruleId, message, location }) => ({
      severity,
      ruleId,
      message,
      at: location.map(({ pointer }) => pointer),
    }))
    expect(found).toEqual([])
  })

  test('declares the errors of every operation as problem documents', async () => {
    const { body } = await get(`${api}/docs/json`)
    const { paths } = body as unknown as OpenApi
    for (const operations of Object.values(paths))
      for (const { responses } of Object.values(operations)) {
        const errors = Object.entries(responses).filter(([status]) => !/^[23]/.test(status))
        expect(errors.map(([status]) => status)).toContain('default')
        for (const [, response] of errors)
          expect(response).toHaveProperty(
            ['content', 'application/problem+json', 'schema', '$ref'],
            '#/components/schemas/Problem',
          )
      }
  })

  test('lists the problem codes of an operation by status', async () => {
    const { body } = await get(`${api}/docs/json`)
    const { paths } = body as unknown as OpenApi
    expect(paths['/sessions/{session_id}']?.['put']?.responses).toMatchObject({
      404: { description: '- `session_not_found`: No such session' },
      409: {
        description: [
          '- `session_name_taken`: Another session has this name',
          '- `session_not_active`: The session is paused, or its account must log in again',
        ].join('\n'),
      },
      default: { description: expect.stringContaining('- `invalid_input`: ') },
    })
  })

  test('names the scope that every operation requires', async () => {
    const { body } = await get(`${api}/docs/json`)
    const { paths } = body as unknown as OpenApi
    for (const { method, url, scope } of API_CONTRACTS) {
      const path = url.replaceAll(/:(\w+)/g, '{$1}')
      const operation = paths[path]?.[method.toLowerCase()]
      const scopes = scope === 'any' ? [] : [scope]
      expect(operation?.security).toEqual(
        scope === null ? [] : [{ bearer: scopes }, { apiKey: scopes }, { login: scopes }],
      )
      if (scope !== null && scope !== 'any')
        expect(operation?.responses).toMatchObject({
          401: { description: expect.stringContaining('`unauthorized`') },
          403: { description: expect.stringContaining('`scope_missing`') },
        })
    }
  })

  test('has an example of every request body and response', async () => {
    const { body } = await get(`${api}/docs/json`)
    const { paths, components } = body as unknown as OpenApi
    const resolve = (schema: Schema): Schema =>
      schema.$ref === undefined
        ? schema
        : (components.schemas[schema.$ref.replace('#/components/schemas/', '')] ?? {})
    const hasExample = (schema: Schema): boolean => {
      const { example, enum: values, anyOf, items, properties, type } = resolve(schema)
      if (example !== undefined || values !== undefined || type === 'boolean') return true
      if (anyOf) return anyOf.some(hasExample)
      if (items) return hasExample(items)
      return properties !== undefined && Object.values(properties).every(hasExample)
    }
    /** For a page of a list, its items. */
    const itemOf = (schema: Schema): Schema => {
      const { items, properties } = resolve(schema)
      return properties?.['items'] ? itemOf(properties['items']) : (items ?? schema)
    }
    for (const { method, url } of API_CONTRACTS) {
      const operation = paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
      const taken = Object.values(operation?.requestBody?.content ?? {}).map(({ schema }) => schema)
      for (const schema of taken)
        for (const [name, property] of Object.entries(resolve(schema).properties ?? {}))
          if (property.format !== 'binary' && name !== 'tenant_id')
            expect([url, name, hasExample(property)]).toEqual([url, name, true])
      const [answer] = Object.entries(operation?.responses ?? {}).filter(
        ([status]) => status[0] === '2',
      )
      const schema = answer?.[1].content?.['application/json']?.schema ?? {}
      const { example, properties, type } = resolve(itemOf(schema))
      if (type === 'string') expect(example).toBeTypeOf('string')
      else expect([url, Object.keys(example ?? {})]).toEqual([url, Object.keys(properties ?? {})])
    }
  })

  test('shows an example of each format of an export', async () => {
    const { body } = await get(`${api}/docs/json`)
    const { responses } =
      (body as unknown as OpenApi).paths['/sources/{source_id}/export']?.get ?? {}
    const examples = Object.entries(responses?.['200']?.content ?? {}).map(
      ([type, { schema }]) => [type, String(schema.example)] as const,
    )
    expect(Object.fromEntries(examples)).toEqual({
      'application/jsonl': expect.stringMatching(/^\{"id":90211,.*\}\n$/),
      'text/csv': expect.stringMatching(/^\uFEFFmessage_id,date.*\r\n4711,.*\r\n$/),
      'application/json': expect.stringMatching(/^\{"name":"Euronews",.*\}$/),
    })
  })

  test('is the redirect of `/` for browsers; other clients get JSON', async () => {
    const browser = await fetch(api, { headers: { accept: 'text/html' }, redirect: 'manual' })
    expect(browser.headers.get('location')).toBe('/docs')
    expect((await get(`${api}/`)).body).toMatchObject({ name: 'Telegather', docs: '/docs' })
  })

  test('and the API allow CORS for the configured origins only', async () => {
    const from = async (origin: string) => {
      const response = await fetch(`${api}/sessions`, { headers: { origin } })
      return response.headers.get('access-control-allow-origin')
    }
    expect(await from('http://localhost:5173')).toBe('http://localhost:5173')
    expect(await from('http://evil.example')).toBeNull()
  })

  test('an operation of an unavailable service is a 503 with Retry-After', async () => {
    const answer = await get(`${api}/sources`)
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(answer.headers.get('retry-after')).toBe('2')
  })
})
