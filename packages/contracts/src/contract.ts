import type { z } from 'zod'
import type { Access } from './scopes.ts'

/** One HTTP operation as plain data: Fastify registers it, OpenAPI is printed from it, clients are typed by it. */
export interface Contract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: `/${string}`
  readonly scope: Access
  readonly schema: {
    readonly operationId: string
    readonly summary: string
    readonly description?: string
    readonly tags: readonly string[]
    /** Media types of the body, where it need not be JSON. */
    readonly consumes?: readonly string[]
    /** Media types of the answer, where it is not JSON. */
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
