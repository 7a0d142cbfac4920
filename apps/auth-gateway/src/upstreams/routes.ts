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

/** What the sources service answers; the gateway checks the input and passes it on. */
const SOURCES_CONTRACTS: readonly Contract[] = [
  ...Object.values(sourcesApi),
  ...Object.values(runsApi),
  ...Object.values(messagesApi),
  ...Object.values(filesApi),
  ...Object.values(exportsApi),
]

/** How long a service may take to begin an answer, and between two parts of one; not its reader. */
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
    undici: { headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
  })
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

/** What opens the gateway is nobody else's business. */
function withoutCredentials(headers: FastifyRequest['headers']): FastifyRequest['headers'] {
  const { authorization: _, cookie: __, 'x-api-key': ___, ...others } = headers
  return others
}
