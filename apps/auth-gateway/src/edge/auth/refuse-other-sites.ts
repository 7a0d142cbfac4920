import type { AuthMode } from '@telegather/contracts'
import { DomainError, isLoopback } from '@telegather/service'
import type { FastifyRequest } from 'fastify'
import { keyInHeaders } from './credential.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses what a page of another site makes a browser send: changes that a cookie, or without keys
 * this machine's loopback, would let through, save from origins in `trusted`. Which site asks is what
 * browsers say in `Sec-Fetch-Site`, older ones in `Origin`; clients that are no browsers say neither.
 * A key in a header is never sent by accident. Without keys, names other than this machine's are
 * refused too: a site may have pointed its own at us (DNS rebinding).
 */
export function refuseOtherSites(
  request: FastifyRequest,
  { authMode, trusted }: { authMode: AuthMode; trusted: readonly string[] },
): void {
  if (authMode === 'none' && !isLoopback(hostnameOf(request)))
    throw new DomainError(
      'forbidden',
      'Without API keys this is served as 127.0.0.1 or localhost only',
    )
  if (SAFE_METHODS.has(request.method) || keyInHeaders(request) !== null) return
  const { origin } = request.headers
  if (origin !== undefined && trusted.includes(origin)) return
  if (!isSameSite(request))
    throw new DomainError('forbidden', 'Another site may not change anything here')
}

/** What the browser asked for, not what a proxy says of it: a page can say that too. */
function hostnameOf({ headers }: FastifyRequest): string {
  return URL.parse(`http://${headers.host}`)?.hostname ?? ''
}

function isSameSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const { origin, host } = headers
  return origin === undefined || hostOf(origin) === host
}

/** Undefined for `null`, the origin of sandboxed pages. */
function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host
}
