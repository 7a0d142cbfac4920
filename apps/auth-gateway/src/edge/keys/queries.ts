import type { Owner } from '@telegather/contracts'
import { apiKeys, ownedBy, tenants, type Db, type DbOrTx, type Tx } from '@telegather/db'
import { and, desc, eq, gt, isNull, lt, or, sql, type SQL } from 'drizzle-orm'

export type KeyRow = typeof apiKeys.$inferSelect

/** The condition for keys that are neither revoked nor expired. */
export function isUsable(): SQL | undefined {
  return and(
    isNull(apiKeys.revokedAt),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`)),
  )
}

export async function findUsableKey(db: DbOrTx, keyId: string): Promise<KeyRow | null> {
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), isUsable()))
  return row ?? null
}

export async function anyUsableKey(db: Db): Promise<boolean> {
  const rows = await db.select({ id: apiKeys.id }).from(apiKeys).where(isUsable()).limit(1)
  return rows.length > 0
}

/** Sets the key's `last_used_at`, at most once a minute. */
export async function recordKeyUse(db: Db, keyId: string): Promise<void> {
  const aMinuteAgo = sql`now() - interval '1 minute'`
  await db
    .update(apiKeys)
    .set({ lastUsedAt: sql`now()` })
    .where(
      and(
        eq(apiKeys.id, keyId),
        or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, aMinuteAgo)),
      ),
    )
}

export async function insertKey(tx: Tx, values: typeof apiKeys.$inferInsert): Promise<KeyRow> {
  const [row] = await tx.insert(apiKeys).values(values).returning()
  if (!row) throw new Error('insert into api_keys returned no row')
  return row
}

/** Selects keys of the owner, newest first, after the key `cursor`. The operator sees all keys. */
export async function selectKeys(
  db: Db,
  owner: Owner,
  { cursor, limit }: { readonly cursor: string | undefined; readonly limit: number },
): Promise<KeyRow[]> {
  const isAfterCursor =
    cursor === undefined
      ? undefined
      : sql`(${apiKeys.createdAt}, ${apiKeys.id}) <
          (select k.created_at, k.id from ${apiKeys} k where k.id = ${cursor})`
  return db
    .select()
    .from(apiKeys)
    .where(and(visibleTo(owner), isAfterCursor))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit)
}

export async function findKey(db: DbOrTx, owner: Owner, keyId: string) {
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), visibleTo(owner)))
  return row ?? null
}

/** Revokes the key and returns it; null when it does not exist or is revoked already. */
export async function revokeKeyRow(tx: Tx, owner: Owner, keyId: string): Promise<KeyRow | null> {
  const [row] = await tx
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.id, keyId), visibleTo(owner), isNull(apiKeys.revokedAt)))
    .returning()
  return row ?? null
}

/** True when the tenant exists. Locks its row against deletion until the transaction ends. */
export async function lockTenant(tx: Tx, tenantId: string): Promise<boolean> {
  const rows = await tx
    .select({ id: tenants.id })
    .from(tenants)
    .where(eq(tenants.id, tenantId))
    .for('key share')
  return rows.length > 0
}

function visibleTo(owner: Owner): SQL | undefined {
  return owner.kind === 'operator' ? undefined : ownedBy(apiKeys, owner)
}
