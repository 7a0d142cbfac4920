import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Contract } from '@telegather/contracts'
import {
  ACTOR_HEADER,
  createHttp,
  createLog,
  listen,
  protectRoutes,
  readActor,
  type App,
} from '@telegather/service'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { UPSTREAM_CONTRACTS, upstreamRoutes } from '../src/edge/upstreams/routes.ts'
import { inputOf, type Input } from './generated-input.ts'

const INTERNAL_KEY = 'k'.repeat(32)
const FILE_CONTENT = '/files/7/content'

interface Echo {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** Starts a service with the contracts of the sources service, which answers with its parsed input. */
function buildService(): App {
  const app = createApp()
  protectRoutes(app, {
    authenticate: ({ headers }) => readActor(INTERNAL_KEY, headers[ACTOR_HEADER]),
  })
  for (const { schema, ...contract } of UPSTREAM_CONTRACTS)
    app.route({
      ...contract,
      schema: { ...schema, response: undefined },
      handler: async ({ params, query, body, headers }, reply) =>
        reply.send({ params, query, body, headers }),
    })
  return app
}

async function buildGateway(sourcesUrl: string): Promise<App> {
  const app = createApp()
  protectRoutes(app, {
    authenticate: () => ({ keyId: null, owner: { kind: 'operator' }, scopes: ['*'] }),
  })
  await upstreamRoutes(app, { sourcesUrl, internalKey: INTERNAL_KEY })
  return app
}

function createApp(): App {
  const log = createLog({ name: 'test', level: 'silent' })
  return createHttp({ name: 'test', log, ready: {}, signal: new AbortController().signal })
}

/** Encodings of a text in a query. Each is decoded to the text. */
const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  'as forms do': (value) => new URLSearchParams({ '': value }).toString().slice(1),
  'what must be': (value) => encodeURI(value).replaceAll(/[&+#=]/g, encodeURIComponent),
  'every byte': (value) => Buffer.from(value).toString('hex').replaceAll(/../g, '%$&'),
}

function addressOf({ url }: Contract, { params, query }: Input, encoding: string): string {
  const encode = ENCODINGS[encoding] ?? String
  const path = url.replaceAll(/:(\w+)/g, (_, name: string) => String(params[name]))
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encode(String(value))}`)
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path
}

/** The value after serialisation as JSON and parsing. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

describe('input that a contract accepts reaches the service unchanged', () => {
  let service: App
  let gateway: App
  let serviceUrl: string
  let gatewayUrl: string

  beforeAll(async () => {
    service = buildService()
    serviceUrl = await listen(service, { host: '127.0.0.1', port: 0 })
    gateway = await buildGateway(serviceUrl)
    gatewayUrl = await listen(gateway, { host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await gateway.close()
    await service.close()
  })

  async function send(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: OutgoingHttpHeaders; body?: string } = {},
  ): Promise<{ status: number | undefined; echo: Echo }> {
    const request = httpRequest(gatewayUrl, { method, path, headers })
    request.end(body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const answer = await text(response)
    return { status: response.statusCode, echo: JSON.parse(answer) as Echo }
  }

  test.each(UPSTREAM_CONTRACTS.map((contract) => [contract.schema.operationId, contract] as const))(
    '%s',
    async (_, contract) => {
      const { method, schema } = contract
      const understood = (part: z.ZodType | undefined, value: unknown) =>
        plain(part ? part.parse(value) : value)
      await fc.assert(
        fc.asyncProperty(
          inputOf(contract),
          fc.constantFrom(...Object.keys(ENCODINGS)),
          async (input, encoding) => {
            const { status, echo } = await send(method, addressOf(contract, input, encoding), {
              ...(input.body !== undefined && {
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify(input.body),
              }),
            })
            expect(status).toBe(200)
            expect(echo.params).toEqual(understood(schema.params, input.params))
            expect(echo.query).toEqual(understood(schema.querystring, input.query))
            expect(echo.body ?? null).toEqual(understood(schema.body, input.body))
          },
        ),
        { numRuns: 60 },
      )
    },
  )

  test.each(['/messages?q=../x', '/messages?q=%2e%2e%2fx', '/messages?q=..', '/messages?q=a/../b'])(
    '%s',
    async (path) => {
      const { status, echo } = await send('GET', path)
      expect([status, echo.query]).toEqual([
        200,
        { q: new URL(path, gatewayUrl).searchParams.get('q'), limit: 50 },
      ])
    },
  )

  test('an address in absolute form (RFC 9112 §3.2.2)', async () => {
    const { status, echo } = await send('GET', `${gatewayUrl}/messages?q=../x`)
    expect([status, echo.query]).toEqual([200, { q: '../x', limit: 50 }])
  })

  test('headers about ranges, conditions and events, and no others', async () => {
    const passedOn = {
      range: 'bytes=0-9',
      'if-range': '"a"',
      'if-none-match': '"b"',
      'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'last-event-id': '12',
    }
    const others = { cookie: 'a=b', 'x-forwarded-for': '10.0.0.1', 'x-other': 'a'.repeat(15_000) }
    const { status, echo } = await send('GET', FILE_CONTENT, {
      headers: { ...passedOn, ...others },
    })
    expect(status).toBe(200)
    expect(echo.headers).toMatchObject(passedOn)
    for (const name of Object.keys(others)) expect(echo.headers).not.toHaveProperty(name)
  })

  test.each([
    { expect: '100-continue' },
    { connection: 'keep-alive, Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AA' },
    { 'keep-alive': 'timeout=5' },
    { te: 'trailers' },
  ])('a request with the hop-by-hop headers %j', async (headers) => {
    const body = JSON.stringify({ name: 'a name' })
    const { status } = await send('PATCH', '/sources/1', {
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...headers,
      },
      body,
    })
    expect(status).toBe(200)
  })

  test.each([
    ['POST', 'null'],
    ['POST', '0'],
    ['POST', '""'],
    ['POST', '{"a":1}'],
    ['DELETE', '{}'],
    ['GET', '{"q":1}'],
  ])('%s with a body %s that its contract does not have', async (method, body) => {
    const path = method === 'POST' ? '/sources/1/trigger' : '/sources/1'
    const { status } = await send(method, path, {
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      body,
    })
    expect(status).toBe(200)
  })

  test('a chunked body, on a connection that closes after it', async () => {
    const socket = connect(Number(new URL(gatewayUrl).port), '127.0.0.1').setEncoding('utf8')
    const body = JSON.stringify({ name: 'a/../b' })
    socket.write(
      'PATCH /sources/1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n' +
        `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    )
    const answer = (await socket.toArray()).join('')
    expect(answer).toMatch(/^HTTP\/1\.1 200/)
    expect(answer).toContain('"name":"a/../b"')
  })
})
