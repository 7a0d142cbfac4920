import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ACTOR_HEADER, readActor, signActor } from '@telegather/service'
import { expect, onTestFinished, test, vi } from 'vitest'
import { INTERNAL_KEY, startGateways } from './gateway.ts'
import { callApi, makeKey, makeTenant } from './keys.ts'

test('another service receives the actor, and no credentials', async () => {
  const received: IncomingHttpHeaders[] = []
  const upstream = createServer((request, response) => {
    received.push(request.headers)
    response.setHeader('content-type', 'application/json').end('[]')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void upstream.close())
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  const gateways = await startGateways({ authMode: 'keys', sourcesUrl: `http://127.0.0.1:${port}` })
  onTestFinished(() => gateways.close())
  const [api] = gateways.urls

  const tenantId = await makeTenant(gateways, 'one')
  const { key, row } = await makeKey(gateways, { scopes: ['sources:read'], tenantId })
  const forged = signActor(INTERNAL_KEY, {
    keyId: null,
    owner: { kind: 'operator' },
    scopes: ['*'],
  })
  const login = await callApi(api, 'POST /auth/login', { body: { key } })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const credentials: Record<string, string>[] = [
    { authorization: `Bearer ${key}` },
    { 'x-api-key': key },
    { cookie },
  ]
  for (const headers of credentials) {
    const answer = await callApi(api, 'GET /sources', {
      headers: { ...headers, [ACTOR_HEADER]: forged },
    })
    expect(answer.status).toBe(200)
  }
  expect(received).toHaveLength(3)
  for (const headers of received) {
    expect(readActor(INTERNAL_KEY, headers[ACTOR_HEADER])).toEqual({
      keyId: row.id,
      owner: { kind: 'tenant', id: tenantId },
      scopes: ['sources:read'],
    })
    const text = JSON.stringify(headers)
    expect(text).not.toContain(key.slice(20))
    expect(text).not.toContain(cookie.split('=')[1])
  }
  expect((await callApi(api, 'DELETE /sources/1', { key })).status).toBe(403)
  expect(received).toHaveLength(3)
})

test('a 503 of a service is forwarded without a retry', async () => {
  let calls = 0
  const upstream = createServer((_request, response) => {
    calls++
    response
      .writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '37' })
      .end('{"code":"unavailable"}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void upstream.close())
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  const gateways = await startGateways({ sourcesUrl: `http://127.0.0.1:${port}` })
  onTestFinished(() => gateways.close())
  for (const method of ['GET', 'HEAD', 'DELETE']) {
    calls = 0
    const answer = await fetch(`${gateways.urls[0]}/sources/1`, { method })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '37'])
    expect(await answer.text()).toBe(method === 'HEAD' ? '' : '{"code":"unavailable"}')
    expect(calls).toBe(1)
  }
})

test('events of a run are forwarded at once, to many clients, until one side stops', async () => {
  const watchers = new Set<ServerResponse>()
  const upstream = createServer((request, response) => {
    if (request.url?.endsWith('/events') !== true) {
      response.setHeader('content-type', 'application/json').end('[]')
      return
    }
    watchers.add(response)
    response.once('close', () => watchers.delete(response))
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void upstream.close())
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  const gateways = await startGateways({ sourcesUrl: `http://127.0.0.1:${port}` })
  let closed = false
  onTestFinished(async () => {
    if (!closed) await gateways.close()
  })
  const [api] = gateways.urls
  const leaving = new AbortController()
  const watch = async (signal: AbortSignal | null = null) => {
    const response = await fetch(`${api}/runs/01a1fc02-8620-7eac-9514-32ee9091e7f2/events`, {
      signal,
    })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect(await reader?.read()).toEqual({ done: false, value: ':\n\n' })
    return reader
  }

  const readers = await Promise.all(Array.from({ length: 150 }, async () => watch()))
  expect((await callApi(api, 'GET /sources')).status).toBe(200)

  await watch(leaving.signal)
  expect(watchers.size).toBe(151)
  leaving.abort()
  await vi.waitFor(() => expect(watchers.size).toBe(150))

  for (const watcher of watchers) watcher.write('data: 1\n\n')
  expect(await readers[0]?.read()).toEqual({ done: false, value: 'data: 1\n\n' })
  closed = true
  await gateways.close()
  for (const reader of readers.slice(1)) {
    expect(await reader?.read()).toEqual({ done: false, value: 'data: 1\n\n' })
    expect(await reader?.read()).toMatchObject({ done: true })
  }
})
