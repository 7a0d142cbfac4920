import { connect } from 'node:net'
import { expect, test, vi } from 'vitest'
import { createHttp, createLog, listen } from '../src/index.ts'
import { startServer } from './server.ts'

test('/health answers 200 even when a readiness check fails', async () => {
  await using server = await startServer(undefined, {
    ready: { postgres: () => Promise.reject(new Error('away')) },
  })
  const response = await fetch(`${server.url}/health/`)
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ ok: true, service: 'test' })
})

test('/ready is 200 when all checks pass', async () => {
  await using server = await startServer(undefined, {
    ready: { postgres: async () => 1, nats: async () => {} },
  })
  const response = await fetch(`${server.url}/ready`)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ ready: true, checks: { postgres: 'ok', nats: 'ok' } })
})

test('/ready is 503 and names the failed check; the error is logged once', async () => {
  let away = true
  await using server = await startServer(undefined, {
    ready: {
      postgres: async () => {
        if (away) throw new Error('connect ECONNREFUSED 10.0.0.7:5432')
      },
      nats: async () => {},
    },
  })
  for (let poll = 1; poll <= 2; poll++) {
    const response = await fetch(`${server.url}/ready`)
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    const body = await response.json()
    expect(body).toMatchObject({
      code: 'unavailable',
      ready: false,
      checks: { postgres: 'failed', nats: 'ok' },
    })
    expect(JSON.stringify(body)).not.toContain('10.0.0.7')
  }
  expect(server.logged('service.not_ready')).toHaveLength(1)
  expect(JSON.stringify(server.logged('service.not_ready'))).toContain('10.0.0.7')

  away = false
  expect((await fetch(`${server.url}/ready`)).status).toBe(200)
  expect(server.logged('service.ready')).toHaveLength(1)
})

test('a readiness check that hangs times out', async () => {
  await using server = await startServer(undefined, {
    ready: { nats: () => new Promise(() => {}) },
  })
  const response = await fetch(`${server.url}/ready`)
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ checks: { nats: 'timed out' } })
})

test('/ready is 503 once a shutdown begins, while other requests are served', async () => {
  await using server = await startServer((app) => {
    app.get('/', async () => 'served')
  })
  server.stopping.abort()
  expect((await fetch(`${server.url}/ready`)).status).toBe(503)
  expect(await (await fetch(server.url)).text()).toBe('served')
})

test('the error of listen names a port in use', async () => {
  await using server = await startServer()
  const { port } = new URL(server.url)
  const log = createLog({ name: 'second', level: 'silent' })
  const { signal } = new AbortController()
  const second = createHttp({ name: 'second', log, ready: {}, signal })
  const listening = listen(second, { host: '127.0.0.1', port: Number(port) })
  await expect(listening).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another process`)
  await second.close()
})

test('close waits for a response in progress on a keep-alive connection', async () => {
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const server = await startServer((app) => {
    app.get('/', async () => {
      begun.resolve()
      await release.promise
      return 'finished'
    })
  })
  const answer = fetch(server.url)
  await begun.promise
  const closed = server.app.close()
  await vi.waitFor(() => expect(server.app.server.listening).toBe(false))
  release.resolve()
  const response = await answer
  expect(await response.text()).toBe('finished')
  await closed
})

test('a request on an open connection is served during close', async () => {
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const server = await startServer((app) => {
    app.get('/first', async () => {
      begun.resolve()
      await release.promise
      return 'first'
    })
    app.get('/second', async () => 'second')
  })
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('utf8')
  socket.write('GET /first HTTP/1.1\r\nhost: test\r\n\r\n')
  await begun.promise
  const closed = server.app.close()
  await vi.waitFor(() => expect(server.app.server.listening).toBe(false))
  socket.write('GET /second HTTP/1.1\r\nhost: test\r\n\r\n')
  release.resolve()
  const answers = (await socket.toArray()).join('')
  expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  expect(answers).toMatch(/connection: close[\s\S]*second$/i)
  await closed
})
