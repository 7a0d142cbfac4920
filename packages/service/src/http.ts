import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify'
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { answerClientError } from './client-error.ts'
import { DomainError } from './errors.ts'
import { healthRoutes, type HealthOptions } from './health.ts'
import { asDomainError, presentProblem, PROBLEM_MEDIA_TYPE, retryAfter } from './problem.ts'
import { refuseUnstorable } from './refuse-unstorable.ts'
import { RequestLog } from './request-log.ts'

/** A Fastify instance whose routes are typed, validated and serialised by zod. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

export interface HttpOptions extends HealthOptions {
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed; none by default. */
  readonly trustedProxies?: readonly string[]
  /** Maps an error of the service's own domain to a refusal; undefined makes it a fault (500). */
  readonly translate?: (error: unknown) => DomainError | undefined
  /** Limit for the headers of a request to arrive, answered with 408; 30 s by default. */
  readonly headersTimeoutMs?: number
}

const MAX_BODY_BYTES = 1024 * 1024
const MAX_PARAM_LENGTH = 256

/** Longer than the idle time of usual load balancers, so that they close first and no request is lost. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_TIMEOUT_MS = 30_000
/** How often Node looks for requests that are over their time limit. */
const TIMEOUT_CHECK_MS = 5_000
/** A whole request, uploads included. */
const REQUEST_TIMEOUT_MS = 300_000
/** A connection on which nothing moves. */
const IDLE_CONNECTION_MS = 120_000
/** During a stop: a new connection that sends nothing, such as one that a browser opens in advance. */
const UNUSED_CONNECTION_MS = 1_000

const REQUEST_ID = /^[\w-]{8,64}$/

/**
 * An HTTP server with the manners of every service: zod at both ends, problem bodies (RFC 9457) for
 * all errors, `/health`, `/ready`, one log line per request, `/path` equal to `/path/`, bodies up to
 * 1 MiB. An `x-request-id` of 8 to 64 word characters is kept, and every answer has one.
 */
export function createHttp(options: HttpOptions): App {
  const { name, log, ready, details, signal, translate, trustedProxies = [] } = options
  const { headersTimeoutMs = HEADERS_TIMEOUT_MS } = options
  const loggerInstance: FastifyBaseLogger = log
  const answerError = errorAnswer((error) => asDomainError(error) ?? translate?.(error))
  const app = fastify({
    loggerInstance,
    logController: new RequestLog(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: IDLE_CONNECTION_MS,
    http: {
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: Math.min(headersTimeoutMs, TIMEOUT_CHECK_MS),
    },
    // Requests on open connections are still answered during a stop.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<ZodTypeProvider>()

  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler(() => {
    throw new DomainError('not_found', 'There is nothing at this address')
  })
  app.addHook('preValidation', refuseUnstorable)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  acceptNoBody(app)
  closeConnectionsInTheEnd(app)
  healthRoutes(app, { name, log, ready, details, signal })
  return app
}

/** Starts to accept connections and resolves to the address. A port in use is named in the error. */
export async function listen(
  app: App,
  { host, port }: { host: string; port: number },
): Promise<string> {
  try {
    const listenTextResolver = (address: string) => `http.listening ${address}`
    return await app.listen({ host, port, listenTextResolver })
  } catch (cause) {
    throw new Error(listenFailure(cause, host, port), { cause })
  }
}

function listenFailure(cause: unknown, host: string, port: number): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is taken by another process`
  if (code === 'EACCES') return `Port ${port} on ${host} may not be used by this user`
  if (code === 'EADDRNOTAVAIL') return `${host} is not an address of this machine`
  return `Cannot listen on ${host}:${port}`
}

/** Many clients say `application/json` with every request, also with those that have no body. */
function acceptNoBody(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (req, body, done) => {
    if (body === '') done(null, undefined)
    else void parse(req, body, done)
  })
}

/**
 * Closes idle connections during a stop, which would wait for their clients otherwise. Node's own
 * `closeIdleConnections` leaves out those that have not sent a request yet.
 */
function closeConnectionsInTheEnd(app: App): void {
  let closing = false
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    if (closing) socket.setTimeout(UNUSED_CONNECTION_MS)
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }) => {
    if (unused.delete(socket) && closing) socket.setTimeout(IDLE_CONNECTION_MS)
  })
  app.addHook('preClose', async () => {
    closing = true
    for (const socket of unused) socket.setTimeout(UNUSED_CONNECTION_MS)
  })
  app.addHook('onResponse', async () => {
    if (closing) setImmediate(() => app.server.closeIdleConnections())
  })
}

function genReqId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}

function errorAnswer(refusalOf: (error: unknown) => DomainError | undefined) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const expected = refusalOf(error)
    if (!expected) request.log.error({ err: error }, 'http.failed')
    const refusal = expected ?? new DomainError('internal', 'Something went wrong on our side')
    const problem = presentProblem(refusal)
    const wait = retryAfter(refusal)
    if (wait !== undefined) reply.header('retry-after', wait)
    // As text, since the route's schema of this status may describe another body.
    void reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem))
  }
}
