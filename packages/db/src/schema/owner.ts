import { OWNER_KINDS } from '@telegather/contracts'
import { sql } from 'drizzle-orm'
import { check, pgEnum, uuid, type PgColumn } from 'drizzle-orm/pg-core'

export const ownerKind = pgEnum('owner_kind', OWNER_KINDS)

/** The columns that say whose a row is. Read and compare them by `../ownership.ts`. */
export const ownerColumns = () => ({
  ownerKind: ownerKind('owner_kind').notNull(),
  /** Null for the operator only. */
  ownerId: uuid('owner_id'),
})

/** The owner's id where the owner is a tenant: for the foreign key alone, since `owner_id` is of several kinds. */
export const ownerTenantId = () =>
  uuid('owner_tenant_id').generatedAlwaysAs(sql`case when owner_kind = 'tenant' then owner_id end`)

/** Only the operator has no id. */
export function ownerIsWhole(
  name: string,
  table: { readonly ownerKind: PgColumn; readonly ownerId: PgColumn },
) {
  return check(name, sql`(${table.ownerKind} = 'operator') = (${table.ownerId} is null)`)
}
