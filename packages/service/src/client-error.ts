import type { Socket } from 'node:net'
import type { ProblemCode } from '@telegather/contracts'
import { DomainError } from './errors.ts'
import { presentProblem, PROBLEM_MEDIA_TYPE } from './problem.ts'

/** Problem code and detail for each error code of Node's HTTP parser. */
const REFUSALS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers are too large'],
}

/** Answers a request that is not valid HTTP or arrives too slowly. Fastify has no request object for it. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const [code, detail] = REFUSALS[error.code ?? ''] ?? [
      'bad_request',
      'The request is not valid HTTP',
    ]
    const problem = presentProblem(new DomainError(code, detail))
    const body = JSON.stringify(problem)
    socket.write(
      `HTTP/1.1 ${problem.status} ${problem.title}\r\n` +
        `content-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `connection: close\r\n\r\n${body}`,
    )
  }
  socket.destroySoon()
}
