import type { Owner, OwnerKind } from '@telegather/contracts'
import { and, eq, isNull, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'

/** A table whose rows have an owner. */
export interface OwnedTable {
  readonly ownerKind: PgColumn
  readonly ownerId: PgColumn
}

/** The columns of a row that store its owner. */
export interface StoredOwner {
  readonly ownerKind: OwnerKind
  readonly ownerId: string | null
}

/** SQL condition for the rows of `table` that belong to `owner`. It can use indexes on (owner_kind, owner_id, …). */
export function ownedBy(table: OwnedTable, owner: Owner): SQL | undefined {
  const { ownerKind, ownerId } = storedOwner(owner)
  return and(
    eq(table.ownerKind, ownerKind),
    ownerId === null ? isNull(table.ownerId) : eq(table.ownerId, ownerId),
  )
}

export function storedOwner(owner: Owner): StoredOwner {
  return { ownerKind: owner.kind, ownerId: owner.kind === 'operator' ? null : owner.id }
}

export function ownerOf({ ownerKind: kind, ownerId: id }: StoredOwner): Owner {
  if (kind === 'operator') return { kind }
  if (id === null) throw new Error(`A row with the owner kind ${kind} has no owner id`)
  return { kind, id }
}
