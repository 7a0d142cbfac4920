import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import replyFrom from '@fastify/reply-from'
import {
  exportsApi,
  filesApi,
  messagesApi,
  runsApi,
  sourcesApi,
  type Contract,
} from '@telegather/contracts'
import {
  ACTOR_HEADER,
  actorOf,
  DomainError,
  letReadSlowly,
  signActor,
  type App,
} from '@telegather/service'
import type { FastifyRequest } from 'fastify'
import { endOnAbort } from './event-stream.ts'

declare module 'fastify' {
  interface FastifyRequest {
    bodyAsSent: unknown
  }
}

/** Operations of the sources service. The gateway validates their input and forwards it as the client sent it. */
export const UPSTREAM_CONTRACTS: readonly Contract[] = [
  ...Object.values(sourcesApi),
  ...Object.values(runsApi),
  ...Object.values(messagesApi),
  ...Object.values(filesApi),
  ...Object.values(exportsApi),
]

/**
 * Timeout of the service for the headers of a response, and between two chunks of its body. Time spent waiting for a slow
 * client does not count. Event streams contain a comment every 15 s, so they do not time out.
 */
const UPSTREAM_TIMEOUT_MS = 30_000

export interface UpstreamOptions {
  readonly sourcesUrl: string
  readonly internalKey: string
  readonly timeoutMs?: number
}

/**
 * Request headers that are forwarded. All others are dropped: credentials, and hop-by-hop headers such as `Expect` and
 * `Upgrade`, which the HTTP client would refuse.
 */
const FORWARDED_HEADERS = [
  'content-length',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'last-event-id',
  'range',
] as const

/** Forwards the operations of other services, and streams the responses back at the client's reading speed. */
export async function upstreamRoutes(
  app: App,
  { sourcesUrl, internalKey, timeoutMs = UPSTREAM_TIMEOUT_MS }: UpstreamOptions,
): Promise<void> {
  await app.register(replyFrom, {
    base: sourcesUrl,
    disableRequestLogging: true,
    // No retries: by default a GET with the response 503 would be sent ten more times. Clients decide about retries.
    retryMethods: [],
    undici: {
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      // No limit: each event stream uses a connection, so the default limit of 128 could block all other requests.
      connections: null,
    },
  })
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  // The body before validation transforms it, because the service validates the original body again.
  app.decorateRequest('bodyAsSent', undefined)
  for (const contract of UPSTREAM_CONTRACTS)
    app.route({
      ...contract,
      preValidation: async (req) => {
        req.bodyAsSent = req.body
      },
      handler: (req, reply) => {
        letReadSlowly(reply)
        const { path, query } = splitTarget(req.url)
        return reply.from(path, {
          queryString: () => query,
          // `null` removes the body and its headers.
          body: contract.schema.body ? req.bodyAsSent : null,
          rewriteRequestHeaders: (_req, headers) => ({
            ...forwardedHeaders(headers),
            'x-request-id': req.id,
            [ACTOR_HEADER]: signActor(internalKey, actorOf(req)),
          }),
          rewriteHeaders: withoutConnection,
          onResponse: (_request, to, answer) => {
            const body = bodyOf(answer)
            const isEvents = to.getHeader('content-type') === 'text/event-stream'
            void to.send(isEvents ? endOnAbort(body, closing.signal) : body)
          },
          onError: (to, { error }) => {
            req.log.warn({ err: error }, 'upstream.failed')
            void to.send(
              new DomainError('unavailable', 'The sources service does not answer; try again', {
                retryAfterSeconds: 2,
                cause: error,
              }),
            )
          },
        })
      },
    })
}

/** The body stream of a response of reply-from, whose declared type is a response to be written. */
function bodyOf(answer: object): Readable {
  if ('stream' in answer && answer.stream instanceof Readable) return answer.stream
  throw new Error('an answer without a body')
}

/**
 * Path and query of a request target, without the origin of an absolute form (RFC 9112 §3.2.2). The query is separated,
 * because only in the path `..` has a meaning.
 */
function splitTarget(target: string): { path: string; query: string } {
  const [, path = '/', query = ''] = TARGET.exec(target) ?? []
  return { path, query }
}

const TARGET = /^(?:https?:\/\/[^/?#]*)?([^?#]*)(?:[?#](.*))?$/i

function forwardedHeaders(headers: FastifyRequest['headers']): FastifyRequest['headers'] {
  return Object.fromEntries(
    FORWARDED_HEADERS.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Response headers without those of the connection to the service (hop-by-hop headers). */
function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = Object.entries(headers)
  return Object.fromEntries(named.filter(([name]) => !CONNECTION_HEADERS.has(name)))
}

const CONNECTION_HEADERS = new Set(['connection', 'keep-alive'])
