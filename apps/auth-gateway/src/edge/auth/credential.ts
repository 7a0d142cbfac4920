import type { FastifyRequest } from 'fastify'

/** Names a browser's login; `HttpOnly`, `SameSite=Strict`. */
export const LOGIN_COOKIE = 'telegather_login'

/** The API key of `Authorization: Bearer …` or `X-API-Key`, empty when spelt otherwise; null without either. */
export function keyInHeaders({ headers }: FastifyRequest): string | null {
  const { authorization } = headers
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? ''
  const apiKey = headers['x-api-key']
  return typeof apiKey === 'string' ? apiKey : null
}

/** The token of the login cookie. */
export function tokenInCookie({ cookies }: FastifyRequest): string | null {
  return cookies[LOGIN_COOKIE] ?? null
}
