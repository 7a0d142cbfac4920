import { z } from 'zod'

export const OWNER_KINDS = ['operator', 'tenant', 'browser'] as const
export type OwnerKind = (typeof OWNER_KINDS)[number]

/**
 * Whose a session, source or key is. A browser is a visitor of the media API, known by the id of its server-side login.
 * No kind stands for "none": a query that forgets a kind answers nothing instead of the operator's rows.
 */
export const Owner = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('operator') }),
  z.object({ kind: z.literal('tenant'), id: z.uuid() }),
  z.object({ kind: z.literal('browser'), id: z.uuid() }),
])
export type Owner = Readonly<z.infer<typeof Owner>>

/** The same text for the same owner, such as `operator` or `tenant 01a1fbe7-…`: a key of maps and locks. */
export function ownerKey(owner: Owner): string {
  return owner.kind === 'operator' ? owner.kind : `${owner.kind} ${owner.id}`
}

/** The `tenant_id` of an answer: null for every owner that is no tenant. Decides nothing; compare owners instead. */
export function tenantIdOf(owner: Owner): string | null {
  return owner.kind === 'tenant' ? owner.id : null
}
