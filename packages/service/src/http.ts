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

/** A Fastify instance whose routes are typed, validated and serialised with zod. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

export interface HttpOptions extends HealthOptions {
  /** Addresses and networks of proxies whose `X-Forwarded-For` is trusted; none by default. */
  readonly trustedProxies?: readonly string[]
  /** Maps an error of the service's domain to a `DomainError`; undefined means 500. */
  readonly translate?: (error: unknown) => DomainError | undefined
  /** Timeout for receiving the headers of a request, answered with 408; 30 s by default. */
  readonly headersTimeoutMs?: number
}

const MAX_BODY_BYTES = 1024 * 1024
const MAX_PARAM_LENGTH = 256

/** Longer than the idle timeout of common load balancers: if the server closed first, a request could be lost. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_TIMEOUT_MS = 30_000
/** Interval at which Node checks requests for timeouts. */
const TIMEOUT_CHECK_MS = 5_000
/** Timeout for receiving a whole request with its body. */
const REQUEST_TIMEOUT_MS = 300_000
/** Timeout of a connection without traffic. */
const IDLE_CONNECTION_MS = 120_000
/** Timeout during shutdown of a connection that has sent no request, such as a browser's preconnect. */
const UNUSED_CONNECTION_MS = 1_000

const REQUEST_ID = /^[\w-]{8,64}$/

/**
 * Creates the HTTP server of a service: zod validation of requests and responses, problem bodies (RFC 9457)
 * for all errors, `/health`, `/ready`, one log line per request, `/path` equal to `/path/`, bodies up to
 * 1 MiB. Every response has an `x-request-id`: the request's, if it has 8 to 64 word characters, or a new one.
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
    // Requests on open connections are still answered during shutdown.
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
  closeConnectionsOnShutdown(app)
  healthRoutes(app, { name, log, ready, details, signal })
  return app
}

/** Starts to accept connections; resolves to the URL. The error names the host and port that cannot be used. */
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

/** Accepts an empty body as JSON: many clients send `content-type: application/json` with every request. */
function acceptNoBody(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (req, body, done) => {
    if (body === '') done(null, undefined)
    else void parse(req, body, done)
  })
}

/**
 * Closes idle connections during shutdown, which would otherwise wait until their clients close them.
 * Node's `closeIdleConnections` skips connections that have not sent a request yet.
 */
function closeConnectionsOnShutdown(app: App): void {
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
    // Serialised here, because the route's response schema of this status may describe another body.
    void reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem))
  }
}
