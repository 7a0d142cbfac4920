import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { int64 } from '@telegather/contracts'
import { z } from 'zod'
import { describe, expect, test, vi } from 'vitest'
import { DomainError, type App } from '../src/index.ts'
import { startServer } from './server.ts'
import { problemOf, thingRoutes } from './things.ts'

describe('a response', () => {
  test('is the same with and without a trailing slash', async () => {
    await using server = await startServer(thingRoutes)
    for (const path of ['/things', '/things/', '/things/7', '/things/7/']) {
      const isList = !path.includes('7')
      const response = await fetch(server.url + path, {
        method: isList ? 'POST' : 'GET',
        ...(isList && { headers: { 'content-type': 'application/json' }, body: '{"name":"ab"}' }),
      })
      expect(response.status).toBe(200)
    }
  })

  test('contains only the fields of its schema', async () => {
    await using server = await startServer((app) => {
      app.get('/', { schema: { response: { 200: z.object({ id: z.int() }) } } }, async () =>
        JSON.parse('{"id":1,"secret":"x"}'),
      )
    })
    expect(await (await fetch(server.url)).json()).toEqual({ id: 1 })
  })

  test('is sent to a request without a body that has a JSON content type', async () => {
    await using server = await startServer((app) => {
      for (const method of ['DELETE', 'POST'] as const)
        app.route({ method, url: '/', handler: async () => ({ ok: true }) })
    })
    for (const type of ['application/json', 'application/json; charset=utf-8'])
      for (const method of ['DELETE', 'POST']) {
        const headers = { 'content-type': type }
        expect((await fetch(server.url, { method, headers })).status).toBe(200)
      }
  })

  test('has every digit of a 64-bit number', async () => {
    const Int64 = z.custom<RawJson>((value) => JSON.isRawJSON(value))
    const body = z.object({ small: Int64, list: z.array(z.object({ big: Int64 }).nullable()) })
    await using server = await startServer((app) => {
      app.get('/', { schema: { response: { 200: body } } }, async () => ({
        small: int64('9007199254740993'),
        list: [{ big: int64('9223372036854775807') }, null],
      }))
    })
    const text = await (await fetch(server.url)).text()
    expect(text).toBe('{"small":9007199254740993,"list":[{"big":9223372036854775807},null]}')
  })

  test('that does not match its schema is a 500 without details', async () => {
    await using server = await startServer((app) => {
      app.get('/', { schema: { response: { 200: z.object({ id: z.int() }) } } }, async () =>
        JSON.parse('{"id":"hunter2"}'),
      )
    })
    const problem = await problemOf(await fetch(server.url))
    expect(problem).toMatchObject({ status: 500, code: 'internal' })
    expect(JSON.stringify(problem)).not.toContain('hunter2')
  })

  test("has the request's x-request-id, or a new one", async () => {
    await using server = await startServer()
    const ask = async (id?: string) => {
      const headers = id === undefined ? {} : { 'x-request-id': id }
      const response = await fetch(`${server.url}/health`, { headers })
      return response.headers.get('x-request-id')
    }
    expect(await ask('request-0001')).toBe('request-0001')
    expect(await ask('"forged": 1')).toMatch(/^[\da-f-]{36}$/)
    expect(await ask()).toMatch(/^[\da-f-]{36}$/)
  })
})

describe('an error that a handler throws', () => {
  test.each(['57P01', '08006', '25P03', 'CONNECT_TIMEOUT', 'ECONNREFUSED', 'EPIPE'])(
    'and that means an outage (%s) is a 503 with Retry-After',
    async (code) => {
      await using server = await startServer((app) => {
        app.get('/', () => {
          throw new Error('query failed', { cause: Object.assign(new Error('away'), { code }) })
        })
      })
      const response = await fetch(server.url)
      expect(response.headers.get('retry-after')).toBe('1')
      expect(await problemOf(response)).toMatchObject({ status: 503, code: 'unavailable' })
    },
  )

  const failing = (error: () => unknown) => (app: App) => {
    app.get('/', { schema: { response: { 409: z.object({ other: z.string() }) } } }, async () => {
      throw error()
    })
  }

  test('as a DomainError keeps its code, status and detail', async () => {
    const refusal = () =>
      new DomainError('session_name_taken', 'A session named "a" already exists')
    await using server = await startServer(failing(refusal))
    expect(await problemOf(await fetch(server.url))).toEqual({
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'A session named "a" already exists',
      code: 'session_name_taken',
    })
    expect(server.logged('http.failed')).toEqual([])
  })

  test.each([
    ['rate_limited', 12.2, '13'],
    ['rate_limited', undefined, '1'],
    ['flood_wait', undefined, '1'],
    ['unavailable', 5, '5'],
    ['unavailable', undefined, null],
  ] as const)('%s after %s s has Retry-After %s', async (code, seconds, expected) => {
    const options = seconds === undefined ? {} : { retryAfterSeconds: seconds }
    await using server = await startServer(failing(() => new DomainError(code, 'Wait', options)))
    const response = await fetch(server.url)
    await problemOf(response)
    expect(response.headers.get('retry-after')).toBe(expected)
  })

  test('unexpectedly is logged once with its stack, and the response has no details', async () => {
    await using server = await startServer(
      failing(() => new TypeError('hunter2 is not a function')),
    )
    const response = await fetch(server.url)
    const text = JSON.stringify(await problemOf(response))
    expect(response.status).toBe(500)
    expect(text).not.toContain('hunter2')
    const [line, ...more] = server.logged('http.failed')
    expect(more).toEqual([])
    expect(line).toMatchObject({
      level: 'error',
      requestId: response.headers.get('x-request-id'),
      err: { type: 'TypeError', stack: expect.stringContaining('http.test.ts') },
    })
  })

  test('is mapped by the translate option', async () => {
    class Away extends Error {}
    await using server = await startServer(
      failing(() => new Away()),
      {
        translate: (error) =>
          error instanceof Away ? new DomainError('unavailable', 'Telegram is away') : undefined,
      },
    )
    expect(await problemOf(await fetch(server.url))).toMatchObject({ detail: 'Telegram is away' })
  })

  test('with a 4xx statusCode of another library is a 500', async () => {
    const upstream = () => Object.assign(new Error('NoSuchBucket'), { code: 'S3', statusCode: 404 })
    await using server = await startServer(failing(upstream))
    expect(await problemOf(await fetch(server.url))).toMatchObject({ status: 500 })
  })
})

describe('a shutdown', () => {
  test('does not wait for connections that have sent nothing', { timeout: 15_000 }, async () => {
    const server = await startServer(thingRoutes)
    const sockets = Array.from({ length: 3 }, () =>
      connect(Number(new URL(server.url).port), '127.0.0.1'),
    )
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    const [used, unused] = sockets
    used?.write('GET /things/7 HTTP/1.1\r\nhost: a\r\n\r\n')
    if (used) await once(used, 'data')
    const closed = unused?.resume().toArray()
    await server.app.close()
    expect(await closed).toEqual([])
  })
})

describe('a request is logged in one line', () => {
  test('with its route, not its URL', async () => {
    await using server = await startServer(thingRoutes)
    const response = await fetch(`${server.url}/things/7?token=hunter2`)
    await vi.waitFor(() => expect(server.logged('http.request')).toHaveLength(1))
    expect(server.logged('http.request')[0]).toMatchObject({
      level: 'info',
      service: 'test',
      method: 'GET',
      route: '/things/:thing_id',
      status: 200,
      durationMs: expect.any(Number),
      requestId: response.headers.get('x-request-id'),
    })
    expect(server.output.join('')).not.toContain('hunter2')
  })

  test.each([
    ['/nothing?token=hunter2', 404],
    ['/%?token=hunter2', 400],
  ])('without a route: %s', async (path, status) => {
    await using server = await startServer(thingRoutes)
    await fetch(server.url + path)
    await vi.waitFor(() => expect(server.logged('http.request')).toHaveLength(1))
    expect(server.logged('http.request')[0]).toMatchObject({ route: null, status })
    expect(server.output.join('')).not.toContain('hunter2')
  })

  test('when its client disconnects during the response', async () => {
    await using server = await startServer((app) => {
      app.get('/', (_req, reply) => reply.send(Readable.from(endless())))
    })
    const leave = new AbortController()
    const response = await fetch(server.url, { signal: leave.signal })
    await response.body?.getReader().read()
    leave.abort()
    await vi.waitFor(() =>
      expect(server.logged('http.request')[0]).toMatchObject({ status: 200, aborted: true }),
    )
    expect(server.logged('http.stream_failed')).toEqual([])
  })

  test('unless it is for /health or /ready', async () => {
    await using server = await startServer(thingRoutes)
    await fetch(`${server.url}/health`)
    await fetch(`${server.url}/ready`)
    await fetch(`${server.url}/things/1`)
    await vi.waitFor(() => expect(server.logged('http.request')).toHaveLength(1))
  })
})

function* endless(): Generator<Buffer> {
  while (true) yield Buffer.alloc(64 * 1024)
}
