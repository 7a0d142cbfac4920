import type { z } from 'zod'
import type { Access } from './scopes.ts'

/** One HTTP operation as data. Fastify routes, OpenAPI and client types derive from it. */
export interface Contract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: `/${string}`
  readonly scope: Access
  readonly schema: {
    readonly operationId: string
    readonly summary: string
    readonly description?: string
    readonly tags: readonly string[]
    /** Accepted media types of the request body; JSON by default. */
    readonly consumes?: readonly string[]
    /** Media types of the response; JSON by default. */
    readonly produces?: readonly string[]
    readonly params?: z.ZodObject
    readonly querystring?: z.ZodObject
    readonly body?: z.ZodType
    readonly response: Readonly<Record<number, z.ZodType>>
  }
}

export function contract<const C extends Contract>(definition: C): C {
  return definition
}
