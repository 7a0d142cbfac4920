import type { FastifyRequest } from 'fastify'

/** Name of the cookie with the token of a browser login; it is `HttpOnly` and `SameSite=Strict`. */
export const LOGIN_COOKIE = 'telegather_login'

/** The API key of `Authorization: Bearer …` or `X-API-Key`; '' for a malformed `Authorization`, null without both headers. */
export function keyInHeaders({ headers }: FastifyRequest): string | null {
  const { authorization } = headers
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? ''
  const apiKey = headers['x-api-key']
  return typeof apiKey === 'string' ? apiKey : null
}

/** The token of the login cookie; null without it. */
export function tokenInCookie({ cookies }: FastifyRequest): string | null {
  return cookies[LOGIN_COOKIE] ?? null
}
