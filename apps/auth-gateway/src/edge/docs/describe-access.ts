import { problems } from '@telegather/contracts'
import type { FastifySchema, RouteOptions } from 'fastify'
import { LOGIN_COOKIE } from '../auth/credential.ts'

/** The three ways to authenticate a request. */
export const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, `tg_…`' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same key' },
  login: {
    type: 'apiKey',
    in: 'cookie',
    name: LOGIN_COOKIE,
    description: 'From `POST /auth/login`',
  },
} as const

/**
 * Adds to a schema the credentials that the scope of its contract requires, and the error responses without them. A
 * public operation gets an empty list, which means in OpenAPI that no credentials are required.
 */
export function describeAccess(schema: FastifySchema, { config }: RouteOptions): FastifySchema {
  const scope = config?.scope ?? null
  if (scope === null) return { ...schema, security: [] }
  const scopes = scope === 'any' ? [] : [scope]
  const refusals = problems(
    'unauthorized',
    ...(scope === 'any' ? [] : (['scope_missing'] as const)),
    'forbidden',
  )
  return {
    ...schema,
    security: Object.keys(SECURITY_SCHEMES).map((name) => ({ [name]: scopes })),
    response: { ...refusals, ...(schema.response as Record<string, unknown> | undefined) },
  }
}
