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
import { auditRoutes } from './audit/routes.ts'
import { guardRoutes } from './auth/guard.ts'
import { authRoutes } from './auth/routes.ts'
import { docsRoutes } from './docs/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import type { LoginDeps } from './login/deps.ts'
import { loginRoutes } from './login/routes.ts'
import { importRoutes } from './sessions/import-routes.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { upstreamRoutes } from './upstreams/routes.ts'

export interface GatewayDeps extends LoginDeps {
  readonly log: Logger
  readonly openSession: OpenSession
  readonly ready: Readonly<Record<string, ReadyCheck>>
  readonly details?: () => ReadyDetails
  readonly signal: AbortSignal
  readonly authMode: AuthMode
  /** Signs what other services are told of who asks. */
  readonly internalKey: string
  readonly corsOrigins: readonly string[]
  /** Whose `X-Forwarded-For` tells the address that logins are counted by. */
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
  loginRoutes(app, deps)
  sessionRoutes(app, deps)
  await app.register((scope) => importRoutes(scope, deps))
  await upstreamRoutes(app, deps)
  return app
}
