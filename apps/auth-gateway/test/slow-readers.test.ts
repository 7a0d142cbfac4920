import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createHttp, createLog, listen, protectRoutes } from '@telegather/service'
import { expect, onTestFinished, test, vi } from 'vitest'
import { upstreamRoutes } from '../src/edge/upstreams/routes.ts'

const MIB = 2 ** 20
const ANSWER_BYTES = 256 * MIB
const TIMEOUT_MS = 500
const BLOCK = Buffer.alloc(64 * 1024, 7)

/** Sends `ANSWER_BYTES` as fast as they are read. Never responds to requests for file 2. */
async function startUpstream() {
  const sent = { bytes: 0, aborted: false }
  const server = createServer((request, response) => {
    if (request.url === '/files/2/content') return
    response.setHeader('content-length', ANSWER_BYTES)
    response.once('close', () => (sent.aborted = !response.writableFinished))
    sendAll(response, sent)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { sent, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function sendAll(response: ServerResponse, sent: { bytes: number }): void {
  while (sent.bytes < ANSWER_BYTES) {
    sent.bytes += BLOCK.length
    if (response.write(BLOCK)) continue
    response.once('drain', () => sendAll(response, sent))
    return
  }
  response.end()
}

async function startGateway(sourcesUrl: string) {
  const app = createHttp({
    name: 'test',
    log: createLog({ name: 'test', level: 'silent' }),
    ready: {},
    signal: new AbortController().signal,
  })
  protectRoutes(app, {
    authenticate: () => ({ keyId: null, owner: { kind: 'operator' }, scopes: ['*'] }),
  })
  await upstreamRoutes(app, { sourcesUrl, internalKey: 'k'.repeat(32), timeoutMs: TIMEOUT_MS })
  const sockets: Socket[] = []
  app.server.on('connection', (socket) => sockets.push(socket))
  const url = await listen(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => app.close())
  return { url, sockets }
}

async function open(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage]
  return response
}

/** Waits longer than the timeout for services, by two requests without a response. */
async function outlastTimeout(url: string): Promise<void> {
  for (let times = 0; times < 2; times++) {
    const answer = await fetch(`${url}/files/2/content`)
    expect(answer.status).toBe(503)
  }
}

test('a long response to a slow reader is neither aborted nor buffered', async () => {
  const upstream = await startUpstream()
  const gateway = await startGateway(upstream.url)
  const response = await open(`${gateway.url}/files/1/content`)
  response.once('data', () => response.pause())
  await once(response, 'data')

  await outlastTimeout(gateway.url)
  const before = upstream.sent.bytes
  await outlastTimeout(gateway.url)
  // The transfer is paused: apart from the buffers of sockets, the rest has not been sent.
  expect(upstream.sent.bytes).toBe(before)
  expect(before).toBeLessThan(ANSWER_BYTES / 4)
  // The gateway closes the paused connection only after 30 minutes.
  expect(gateway.sockets[0]?.timeout).toBe(30 * 60_000)

  let received = 0
  response.on('data', (chunk: Buffer) => (received += chunk.length))
  response.resume()
  await once(response, 'end')
  // The first chunk is not counted.
  expect(received).toBeGreaterThan(ANSWER_BYTES - MIB)
  expect(response.complete).toBe(true)
})

test('a client that disconnects aborts the response of the service', async () => {
  const upstream = await startUpstream()
  const gateway = await startGateway(upstream.url)
  const response = await open(`${gateway.url}/files/1/content`)
  response.destroy()
  await vi.waitFor(() => expect(upstream.sent.aborted).toBe(true))
})
