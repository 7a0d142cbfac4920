import {
  ACTOR_HEADER,
  createHttp,
  protectRoutes,
  readActor,
  type App,
  type ReadyCheck,
  type ReadyDetails,
} from '@telegather/service'
import { telegramProblem } from '@telegather/sessions'
import { exportRoutes } from './exports/routes.ts'
import { fileRoutes } from './files/routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { runRoutes } from './runs/routes.ts'
import { createRunFeed } from './runs/run-feed.ts'
import type { SourceDeps } from './sources/deps.ts'
import { sourceRoutes } from './sources/routes.ts'
import { verificationRoutes } from './verifications/routes.ts'

export interface SourcesDeps extends SourceDeps {
  /** Interval of the heartbeats to subscribers of a run's events; 15 s by default. */
  readonly heartbeatMs?: number
  /** Authenticates the requests of the gateway. */
  readonly internalKey: string
  readonly ready: Readonly<Record<string, ReadyCheck>>
  readonly details?: () => ReadyDetails
  readonly signal: AbortSignal
}

export function buildApp(deps: SourcesDeps): App {
  const { log, ready, details, signal } = deps
  const app = createHttp({
    name: 'sources',
    log,
    ready,
    details,
    signal,
    translate: telegramProblem,
  })
  protectRoutes(app, {
    authenticate: ({ headers }) => readActor(deps.internalKey, headers[ACTOR_HEADER]),
  })
  sourceRoutes(app, deps)
  const closing = new AbortController()
  const feed = createRunFeed(deps, AbortSignal.any([signal, closing.signal]))
  app.addHook('preClose', async () => {
    closing.abort()
    await feed.stopped
  })
  runRoutes(app, { ...deps, feed })
  messageRoutes(app, deps)
  fileRoutes(app, deps)
  exportRoutes(app, deps)
  verificationRoutes(app, deps)
  return app
}
