import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from './problem.ts'

export interface ControlRequest {
  /** The path segments that match the `:name` placeholders of the route. */
  readonly params: Readonly<Record<string, string>>
  /** Reads the body. Throws a 413 problem if it is longer than the route allows. */
  readonly text: () => Promise<string>
  /** Aborted when the server closes; long-running handlers have to stop then. */
  readonly signal: AbortSignal
}

export type ControlResponse =
  | { readonly status?: number; readonly json: unknown }
  | { readonly text: string }
  /** A JSON list, streamed item by item. */
  | { readonly items: AsyncIterable<unknown> }
  /** JSON text, streamed in chunks. */
  | { readonly jsonText: Iterable<string> }

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Segments that start with a colon are placeholders: `/channels/:id/messages`. */
  readonly path: string
  readonly maxBodyBytes?: number
  readonly handle: (request: ControlRequest) => ControlResponse | Promise<ControlResponse>
}

export interface ControlServer {
  readonly port: number
  close(): Promise<void>
}

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024

/** Serves `routes` on `host`. Port 0 selects a free port. Rejects if the port is in use. */
export async function startControlServer(
  address: { host: string; port: number },
  routes: readonly Route[],
): Promise<ControlServer> {
  const closing = new AbortController()
  const server = createServer((request, response) => {
    void answer(routes, { request, response, signal: closing.signal })
  })
  server.listen(address.port, address.host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      closing.abort()
      return closeServer(server)
    },
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly signal: AbortSignal
}

async function answer(
  routes: readonly Route[],
  { request, response, signal }: Exchange,
): Promise<void> {
  try {
    const { route, params } = findRoute(routes, request)
    const body = limited(request, route.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES)
    await send(response, await route.handle({ params, text: () => text(body), signal }))
  } catch (error) {
    sendProblem(response, error)
  }
}

function findRoute(
  routes: readonly Route[],
  request: IncomingMessage,
): { route: Route; params: Record<string, string> } {
  const [pathname = '/'] = (request.url ?? '/').split('?')
  const sameAddress = routes.flatMap((route) => {
    const params = matchPath(route.path, pathname)
    return params === null ? [] : [{ route, params }]
  })
  const found = sameAddress.find(({ route }) => route.method === request.method)
  if (found !== undefined) return found
  if (sameAddress.length === 0) throw new Problem(404, 'not_found', `There is no ${pathname}.`)
  throw new Problem(405, 'method_not_allowed', `${pathname} does not take ${request.method}.`)
}

function matchPath(pattern: string, pathname: string): Record<string, string> | null {
  const expected = pattern.split('/')
  const segments = pathname.split('/')
  if (expected.length !== segments.length) return null
  const params: Record<string, string> = {}
  for (const [index, segment] of expected.entries()) {
    const value = segments[index] ?? ''
    if (segment.startsWith(':')) params[segment.slice(1)] = value
    else if (segment !== value) return null
  }
  return params
}

async function* limited(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) {
      throw new Problem(413, 'body_too_large', `The body may have at most ${maxBytes} bytes.`)
    }
    yield chunk
  }
}

async function send(response: ServerResponse, answer: ControlResponse): Promise<void> {
  if ('text' in answer) {
    response.setHeader('content-type', 'text/plain; charset=utf-8').end(answer.text)
    return
  }
  response.setHeader('content-type', 'application/json; charset=utf-8')
  if ('jsonText' in answer) await pipeline(Readable.from(answer.jsonText), response)
  else if ('items' in answer) await pipeline(Readable.from(listText(answer.items)), response)
  else response.writeHead(answer.status ?? 200).end(`${JSON.stringify(answer.json)}\n`)
}

async function* listText(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = '['
  for await (const item of items) {
    yield `${separator}\n${JSON.stringify(item)}`
    separator = ','
  }
  yield separator === '[' ? '[]\n' : '\n]\n'
}

function sendProblem(response: ServerResponse, error: unknown): void {
  // A list that failed midway cannot be completed: closing the connection signals the error.
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const problem =
    error instanceof Problem ? error : new Problem(500, 'internal_error', `${String(error)}.`)
  response
    .writeHead(problem.status, { 'content-type': 'application/problem+json', connection: 'close' })
    .end(`${JSON.stringify(problem)}\n`)
}
