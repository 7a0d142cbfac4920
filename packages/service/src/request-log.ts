import { LogController, type FastifyReply, type FastifyRequest } from 'fastify'

/** Logs one line per request, once its response is complete or its connection has closed. */
export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'requestId' })
  }

  override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
    const startedAt = performance.now()
    reply.raw.once('close', () => {
      const status = reply.raw.statusCode
      const fields = {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status,
        durationMs: Math.round(performance.now() - startedAt),
        ...(!reply.raw.writableFinished && { aborted: true }),
      }
      if (status >= 500) request.log.warn(fields, 'http.request')
      else request.log.info(fields, 'http.request')
    })
  }

  override streamError(error: Error, request: FastifyRequest): void {
    const clientDisconnected = 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (!clientDisconnected) request.log.error({ err: error }, 'http.stream_failed')
  }

  override serializerError(error: Error, request: FastifyRequest): void {
    request.log.error({ err: error }, 'http.failed')
  }

  override writeHeadError(error: Error, request: FastifyRequest): void {
    request.log.error({ err: error }, 'http.failed')
  }

  // Fastify's other lines are redundant and contain whole URLs, which may contain secrets.
  override requestCompleted(): void {}
  override defaultErrorLog(): void {}
  override routeNotFound(): void {}
  override serviceUnavailable(): void {}
}
