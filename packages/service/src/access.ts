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
  /** Identifies the caller. Throws `DomainError` (unauthorized) when the request has no valid credentials. */
  readonly authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<Actor> | Actor
  /** Whether a URL is a public page without a contract; by default, no URL is. */
  readonly isPage?: (url: string) => boolean
}

/**
 * Requires, on every route registered after this call, the scope of the route's contract. The check runs
 * before the body is read. Registering a route without a contract throws.
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

/** The authenticated caller. Throws on a public route, which does not authenticate. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new Error(`${request.routeOptions.url} is public`)
  return request.actor
}

function permits(scopes: readonly Scope[], access: Exclude<Access, null>): boolean {
  return access === 'any' || scopes.includes('*') || scopes.includes(access)
}
