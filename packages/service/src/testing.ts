import type { FastifyRequest } from 'fastify'
import { GENERAL_CODES, Problem } from '@telegather/contracts'
import type { App } from './http.ts'
import { PROBLEM_MEDIA_TYPE } from './problem.ts'

const ANYWHERE = new Set<string>([
  ...GENERAL_CODES,
  'unauthorized',
  'forbidden',
  'scope_missing',
  'not_found',
])

/** For tests: an answer whose problem code is missing in its contract becomes a 500, which fails its test. */
export function demandContractedProblems(app: App): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const mediaType = String(reply.getHeader('content-type'))
    if (typeof payload !== 'string' || !mediaType.startsWith(PROBLEM_MEDIA_TYPE)) return
    const { code, status } = Problem.parse(JSON.parse(payload))
    if (ANYWHERE.has(code) || describedCodes(request, status).includes(`\`${code}\``)) return
    throw new Error(`${request.method} ${request.routeOptions.url} has no problem code ${code}`)
  })
}

function describedCodes({ routeOptions }: FastifyRequest, status: number): string {
  const responses = routeOptions.schema?.response as Record<number, unknown> | undefined
  const response = responses?.[status]
  return response instanceof Object && 'description' in response ? String(response.description) : ''
}
