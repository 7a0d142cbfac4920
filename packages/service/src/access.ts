import type { Access, Actor, Scope } from '@telegather/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from './errors.ts'
import type { App } from './http.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: Access
  }
  interface FastifyRequest {
    actor: Actor | null
  }
}

export interface AccessOptions {
  /** Who asks. Throws `DomainError` (unauthorized) when that cannot be told. */
  readonly authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<Actor> | Actor
  /** Addresses without a contract, open to everyone; by default there are none. */
  readonly isPage?: (url: string) => boolean
}

/**
 * Lets nobody to a route registered from here on without the scope that its contract names. A route
 * without a contract is refused at registration. Decided before the body is read.
 */
export function protectRoutes(app: App, { authenticate, isPage }: AccessOptions): void {
  app.decorateRequest('actor', null)
  app.addHook('onRoute', (route) => {
    if ('scope' in route) route.config = { ...route.config, scope: route.scope as Access }
    else if (!isPage?.(route.url))
      throw new Error(`${String(route.method)} ${route.url} has no contract`)
  })
  app.addHook('onRequest', async (request, reply) => {
    const { scope = null } = request.routeOptions.config
    if (scope === null) return
    const actor = await authenticate(request, reply)
    if (!permits(actor.scopes, scope))
      throw new DomainError('scope_missing', `This key lacks the scope ${scope}`)
    request.actor = actor
  })
}

/** On whose behalf to answer. Throws on a public route, which nobody has to be known for. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new Error(`${request.routeOptions.url} is public`)
  return request.actor
}

function permits(scopes: readonly Scope[], access: Exclude<Access, null>): boolean {
  return access === 'any' || scopes.includes('*') || scopes.includes(access)
}
