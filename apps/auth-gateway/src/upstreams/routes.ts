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

/** What the sources service answers; the gateway checks the input and passes it on. */
const SOURCES_CONTRACTS: readonly Contract[] = [
  ...Object.values(sourcesApi),
  ...Object.values(runsApi),
  ...Object.values(messagesApi),
  ...Object.values(filesApi),
  ...Object.values(exportsApi),
]

/**
 * How long a service may take to begin an answer, and between two parts of one; not its reader. Streams of events have
 * a comment every 15 s.
 */
const UPSTREAM_TIMEOUT_MS = 30_000

export interface UpstreamOptions {
  readonly sourcesUrl: string
  readonly internalKey: string
  readonly timeoutMs?: number
}

/** Passes the operations of other services on to them, and their answers back as fast as they are read. */
export async function upstreamRoutes(
  app: App,
  { sourcesUrl, internalKey, timeoutMs = UPSTREAM_TIMEOUT_MS }: UpstreamOptions,
): Promise<void> {
  await app.register(replyFrom, {
    base: sourcesUrl,
    disableRequestLogging: true,
    undici: {
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      // Each watcher of events keeps one; 128, the default, would leave none for others.
      connections: null,
    },
  })
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  for (const contract of SOURCES_CONTRACTS)
    app.route({
      ...contract,
      handler: (req, reply) => {
        letReadSlowly(reply)
        return reply.from(req.url, {
          rewriteRequestHeaders: (_req, headers) => ({
            ...withoutCredentials(headers),
            'x-request-id': req.id,
            [ACTOR_HEADER]: signActor(internalKey, actorOf(req)),
          }),
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

/** What opens the gateway is nobody else's business. */
function withoutCredentials(headers: FastifyRequest['headers']): FastifyRequest['headers'] {
  const { authorization: _, cookie: __, 'x-api-key': ___, ...others } = headers
  return others
}
