import type { App } from '@telegather/service'
import { loginRoutes } from './login/routes.ts'
import type { LoginDeps } from './login/deps.ts'
import type { DeleteSessionDeps } from './sessions/delete-session.ts'
import { importRoutes } from './sessions/import-routes.ts'
import { sessionRoutes } from './sessions/routes.ts'

/** Registers the routes of logins, sessions and imports. They use the actor of each request (`actorOf`). */
export async function accountRoutes(app: App, deps: LoginDeps & DeleteSessionDeps): Promise<void> {
  loginRoutes(app, deps)
  sessionRoutes(app, deps)
  await app.register((scope) => importRoutes(scope, deps))
}
