import { OWNER_KINDS } from '@telegather/contracts'
import { sql } from 'drizzle-orm'
import { check, pgEnum, uuid, type PgColumn } from 'drizzle-orm/pg-core'

export const ownerKind = pgEnum('owner_kind', OWNER_KINDS)

/** Columns of a row's owner. Read and compare them with the functions of `../ownership.ts`. */
export const ownerColumns = () => ({
  ownerKind: ownerKind('owner_kind').notNull(),
  /** Null for the operator only. */
  ownerId: uuid('owner_id'),
})

/** The owner's id if the owner is a tenant. Only for the foreign key: `owner_id` refers to owners of several kinds. */
export const ownerTenantId = () =>
  uuid('owner_tenant_id').generatedAlwaysAs(sql`case when owner_kind = 'tenant' then owner_id end`)

/** Check constraint: `owner_id` is null if and only if the owner is the operator. */
export function ownerIsWhole(
  name: string,
  table: { readonly ownerKind: PgColumn; readonly ownerId: PgColumn },
) {
  return check(name, sql`(${table.ownerKind} = 'operator') = (${table.ownerId} is null)`)
}
