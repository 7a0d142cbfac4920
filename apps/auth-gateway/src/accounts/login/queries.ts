import type { Owner } from '@telegather/contracts'
import {
  ownedBy,
  rateLimits,
  storedOwner,
  tempSessions,
  type Db,
  type DbOrTx,
  type Tx,
} from '@telegather/db'
import { and, asc, eq, gt, lte, sql } from 'drizzle-orm'

export type TempSessionRow = typeof tempSessions.$inferSelect

export async function insertTempSession(
  tx: Tx,
  {
    owner,
    ...values
  }: Pick<
    typeof tempSessions.$inferInsert,
    'id' | 'sessionName' | 'phoneNumber' | 'encryptedLogin' | 'step'
  > & { readonly owner: Owner },
  lifetimeMs: number,
): Promise<void> {
  await tx.insert(tempSessions).values({
    ...values,
    ...storedOwner(owner),
    expiresAt: sql`now() + ${lifetimeMs} * interval '1 millisecond'`,
  })
}

/** Locks a login of the owner and returns it; null when there is none or it has expired. */
export async function lockTempSession(
  tx: Tx,
  owner: Owner,
  id: string,
): Promise<TempSessionRow | null> {
  const [row] = await liveTempSession(tx, owner, id).for('update')
  return row ?? null
}

export async function selectTempSession(
  db: Db,
  owner: Owner,
  id: string,
): Promise<TempSessionRow | null> {
  const [row] = await liveTempSession(db, owner, id)
  return row ?? null
}

function liveTempSession(db: DbOrTx, owner: Owner, id: string) {
  return db
    .select()
    .from(tempSessions)
    .where(
      and(
        ownedBy(tempSessions, owner),
        eq(tempSessions.id, id),
        gt(tempSessions.expiresAt, sql`now()`),
      ),
    )
}

export async function updateTempSession(
  tx: Tx,
  id: string,
  values: Partial<Pick<TempSessionRow, 'step' | 'attempts' | 'encryptedLogin'>>,
): Promise<void> {
  await tx.update(tempSessions).set(values).where(eq(tempSessions.id, id))
}

export async function deleteTempSession(tx: Tx, id: string): Promise<void> {
  await tx.delete(tempSessions).where(eq(tempSessions.id, id))
}

const isExpired = lte(tempSessions.expiresAt, sql`now()`)

/** Ids of expired logins, the longest expired first. */
export async function selectExpiredTempSessions(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: tempSessions.id })
    .from(tempSessions)
    .where(isExpired)
    .orderBy(asc(tempSessions.expiresAt))
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Locks an expired login and returns it; null when it was deleted or another replica has locked it. */
export async function lockExpiredTempSession(tx: Tx, id: string): Promise<TempSessionRow | null> {
  const [row] = await tx
    .select()
    .from(tempSessions)
    .where(and(eq(tempSessions.id, id), isExpired))
    .for('update', { skipLocked: true })
  return row ?? null
}

/** Deletes counters of past windows. */
export async function deleteExpiredRateLimits(db: Db): Promise<void> {
  await db.delete(rateLimits).where(lte(rateLimits.expire, sql`now()`))
}
