import cookie from '@fastify/cookie'
import type { AuthMode } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { protectRoutes, type App } from '@telegather/service'
import { createAuthenticator } from './authenticate.ts'
import { refuseOtherSites } from './refuse-other-sites.ts'

/** Paths that need no authentication: public pages and documents, and `*` for CORS preflights. */
const PAGES = /^(\/|\/docs|\/docs\/.*|\*)$/

export interface GuardDeps {
  readonly db: Db
  readonly authMode: AuthMode
  readonly corsOrigins: readonly string[]
}

/** Requires authentication and the scope of the contract for all routes that are registered after this call. */
export async function guardRoutes(app: App, deps: GuardDeps): Promise<void> {
  await app.register(cookie)
  const sites = { authMode: deps.authMode, trusted: deps.corsOrigins }
  app.addHook('onRequest', async (request) => refuseOtherSites(request, sites))
  protectRoutes(app, {
    authenticate: createAuthenticator(deps),
    isPage: (url) => PAGES.test(url),
  })
}
