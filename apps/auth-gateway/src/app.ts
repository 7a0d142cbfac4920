import cors from '@fastify/cors'
import type { AuthMode } from '@telegather/contracts'
import {
  createHttp,
  type App,
  type Logger,
  type ReadyCheck,
  type ReadyDetails,
} from '@telegather/service'
import { telegramProblem, type OpenSession } from '@telegather/sessions'
import type { LoginDeps } from './accounts/login/deps.ts'
import { accountRoutes } from './accounts/routes.ts'
import { auditRoutes } from './edge/audit/routes.ts'
import { guardRoutes } from './edge/auth/guard.ts'
import { authRoutes } from './edge/auth/routes.ts'
import { docsRoutes } from './edge/docs/routes.ts'
import { keyRoutes } from './edge/keys/routes.ts'
import { upstreamRoutes } from './edge/upstreams/routes.ts'

export interface GatewayDeps extends LoginDeps {
  readonly log: Logger
  readonly openSession: OpenSession
  readonly ready: Readonly<Record<string, ReadyCheck>>
  readonly details?: () => ReadyDetails
  readonly signal: AbortSignal
  readonly authMode: AuthMode
  /** Signs the actor header of requests to other services. */
  readonly internalKey: string
  readonly corsOrigins: readonly string[]
  /** Proxies whose `X-Forwarded-For` is used as the client's address, by which logins are limited. */
  readonly trustedProxies: readonly string[]
  readonly sourcesUrl: string
}

export async function buildApp(deps: GatewayDeps): Promise<App> {
  const { log, ready, details, signal, trustedProxies } = deps
  const app = createHttp({
    name: 'auth-gateway',
    log,
    ready,
    details,
    signal,
    translate: telegramProblem,
    trustedProxies,
  })
  await app.register(cors, {
    origin: [...deps.corsOrigins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['accept-ranges', 'content-disposition', 'content-range', 'etag', 'link'],
  })
  await guardRoutes(app, deps)
  await docsRoutes(app)
  authRoutes(app, deps)
  keyRoutes(app, deps)
  auditRoutes(app, deps)
  await accountRoutes(app, deps)
  await upstreamRoutes(app, deps)
  return app
}
