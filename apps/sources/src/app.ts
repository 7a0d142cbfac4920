import {
  ACTOR_HEADER,
  createHttp,
  protectRoutes,
  readActor,
  type App,
  type Logger,
  type ReadyCheck,
} from '@telegather/service'
import { telegramProblem } from '@telegather/telegram'
import { runRoutes } from './runs/routes.ts'
import type { SourceDeps } from './sources/deps.ts'
import { sourceRoutes } from './sources/routes.ts'

export interface SourcesDeps extends SourceDeps {
  readonly log: Logger
  /** By which the gateway's requests are known. */
  readonly internalKey: string
  readonly ready: Readonly<Record<string, ReadyCheck>>
  readonly signal: AbortSignal
}

export function buildApp(deps: SourcesDeps): App {
  const { log, ready, signal } = deps
  const app = createHttp({ name: 'sources', log, ready, signal, translate: telegramProblem })
  protectRoutes(app, {
    authenticate: ({ headers }) => readActor(deps.internalKey, headers[ACTOR_HEADER]),
  })
  sourceRoutes(app, deps)
  runRoutes(app, deps)
  return app
}
