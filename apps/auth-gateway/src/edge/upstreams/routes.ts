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
import { untilStop } from './event-stream.ts'

declare module 'fastify' {
  interface FastifyRequest {
    bodyAsSent: unknown
  }
}

/** Operations of the sources service: the gateway checks their input and forwards it as the client sent it. */
export const UPSTREAM_CONTRACTS: readonly Contract[] = [
  ...Object.values(sourcesApi),
  ...Object.values(runsApi),
  ...Object.values(messagesApi),
  ...Object.values(filesApi),
  ...Object.values(exportsApi),
]

/**
 * Limit for a service to begin an answer, and between two parts of one; the client that reads it has its own limit.
 * Streams of events carry a comment every 15 s.
 */
const UPSTREAM_TIMEOUT_MS = 30_000

export interface UpstreamOptions {
  readonly sourcesUrl: string
  readonly internalKey: string
  readonly timeoutMs?: number
}

/**
 * Headers that services read. All others end here: credentials, and what concerns one connection only (`Expect`,
 * `Upgrade`), which the client of the next hop would refuse.
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

/** Forwards the operations of other services to them, and streams their answers back at the pace of the reader. */
export async function upstreamRoutes(
  app: App,
  { sourcesUrl, internalKey, timeoutMs = UPSTREAM_TIMEOUT_MS }: UpstreamOptions,
): Promise<void> {
  await app.register(replyFrom, {
    base: sourcesUrl,
    disableRequestLogging: true,
    // The default sends a GET that is answered 503 ten times more: clients decide when to retry.
    retryMethods: [],
    undici: {
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      // No limit: each watcher of events holds a connection, and the default of 128 would leave none for others.
      connections: null,
    },
  })
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  // The body before its contract transforms it: the service applies the same contract to what was sent.
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
          // Null removes the body and its headers.
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
            void to.send(isEvents ? untilStop(body, closing.signal) : body)
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

/** What reply-from calls a response, and declares as one that is still to be written. */
function bodyOf(answer: object): Readable {
  if ('stream' in answer && answer.stream instanceof Readable) return answer.stream
  throw new Error('an answer without a body')
}

/**
 * Path and query of a request target, without the origin of its absolute form (RFC 9112 §3.2.2). The query is kept as
 * it is: only in a path `..` means another address.
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

/** The headers of an answer without those about the connection to the service, since the client has another one. */
function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = Object.entries(headers)
  return Object.fromEntries(named.filter(([name]) => !CONNECTION_HEADERS.has(name)))
}

const CONNECTION_HEADERS = new Set(['connection', 'keep-alive'])
