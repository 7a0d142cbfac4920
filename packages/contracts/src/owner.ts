import { z } from 'zod'

export const OWNER_KINDS = ['operator', 'tenant', 'browser'] as const
export type OwnerKind = (typeof OWNER_KINDS)[number]

/**
 * Owner of a session, source or key. A browser is a visitor of the media API, identified by its server-side login. The
 * operator is a kind of its own instead of null: a query that omits the kind finds no rows instead of the operator's.
 */
export const Owner = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('operator') }),
  z.object({ kind: z.literal('tenant'), id: z.uuid() }),
  z.object({ kind: z.literal('browser'), id: z.uuid() }),
])
export type Owner = Readonly<z.infer<typeof Owner>>

/** A unique text for an owner, such as `operator` or `tenant 01a1fbe7-…`, to use as the key of a map or lock. */
export function ownerKey(owner: Owner): string {
  return owner.kind === 'operator' ? owner.kind : `${owner.kind} ${owner.id}`
}

/** The `tenant_id` of a response: null for owners that are not tenants. For display only; compare owners instead. */
export function tenantIdOf(owner: Owner): string | null {
  return owner.kind === 'tenant' ? owner.id : null
}
