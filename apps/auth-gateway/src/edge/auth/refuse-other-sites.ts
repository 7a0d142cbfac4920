import type { AuthMode } from '@telegather/contracts'
import { DomainError, isLoopback } from '@telegather/service'
import type { FastifyRequest } from 'fastify'
import { keyInHeaders } from './credential.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses cross-site requests that change something (CSRF), except from the origins in `trusted`. The site comes from
 * `Sec-Fetch-Site`, in older browsers from `Origin`; other clients send neither and are allowed. Requests with a key in a
 * header are allowed, because a browser never adds one by itself. With `authMode` `none`, requests whose host is not
 * loopback are refused too, since another site's name may resolve to this machine (DNS rebinding). Throws `forbidden`.
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

/** The host of the `Host` header. `X-Forwarded-Host` is not used, because a page can set it. */
function hostnameOf({ headers }: FastifyRequest): string {
  return URL.parse(`http://${headers.host}`)?.hostname ?? ''
}

function isSameSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const { origin, host } = headers
  return origin === undefined || hostOf(origin) === host
}

/** The host of an origin; undefined for `null`, the origin of sandboxed pages. */
function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host
}
