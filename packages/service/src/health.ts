import { Problem } from '@telegather/contracts'
import type { Logger } from 'pino'
import { z } from 'zod'
import { DomainError } from './errors.ts'
import type { App } from './http.ts'
import { presentProblem, PROBLEM_MEDIA_TYPE } from './problem.ts'
import { createReadiness, type Readiness, type ReadyCheck } from './readiness.ts'

const Health = z.object({ ok: z.literal(true), service: z.string(), uptimeSeconds: z.int() })
const Checks = z.record(z.string(), z.enum(['ok', 'failed', 'timed out']))
const Details = z.record(z.string(), z.union([z.number(), z.string(), z.null()])).optional()
const Ready = z.object({ ready: z.literal(true), checks: Checks, details: Details })
const NotReady = z.object({
  ...Problem.shape,
  ready: z.literal(false),
  checks: Checks,
  details: Details,
})

/** `/health` and `/ready` are polled often, so only their failures are logged. */
const logLevel = 'warn'

export type ReadyDetails = Readonly<Record<string, number | string | null>>

export interface HealthOptions {
  readonly name: string
  readonly log: Logger
  /** Checks that must pass for `/ready` to answer 200. */
  readonly ready: Readonly<Record<string, ReadyCheck>>
  /** Extra values in the body of `/ready`, both for 200 and 503. */
  readonly details?: (() => ReadyDetails) | undefined
  /** Once it aborts, `/ready` answers 503; other requests are still served. */
  readonly signal: AbortSignal
}

export function healthRoutes(app: App, { name, log, ready, details, signal }: HealthOptions): void {
  const readiness = createReadiness(log, ready)

  app.route({
    method: 'GET',
    url: '/health',
    logLevel,
    schema: { response: { 200: Health } },
    handler: async () => ({
      ok: true as const,
      service: name,
      uptimeSeconds: Math.floor(process.uptime()),
    }),
  })

  app.route({
    method: 'GET',
    url: '/ready',
    logLevel,
    schema: { response: { 200: Ready, 503: NotReady } },
    handler: async (_request, reply) => {
      const { ready, checks } = await readiness()
      const shown = details === undefined ? {} : { details: details() }
      if (ready && !signal.aborted) return reply.code(200).send({ ready, checks, ...shown })
      const problem = presentProblem(new DomainError('unavailable', describe(checks, signal)))
      return reply
        .code(503)
        .type(PROBLEM_MEDIA_TYPE)
        .send({ ...problem, ready: false, checks, ...shown })
    },
  })
}

function describe(checks: Readiness['checks'], signal: AbortSignal): string {
  if (signal.aborted) return 'The service is stopping'
  const failing = Object.entries(checks).filter(([, outcome]) => outcome !== 'ok')
  return `Not ready: ${failing.map(([name, outcome]) => `${name} ${outcome}`).join(', ')}`
}
