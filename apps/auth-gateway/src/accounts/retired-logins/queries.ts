import { retiredLogins, type Db, type DbOrTx, type Tx } from '@telegather/db'
import { and, eq, gt, isNotNull, or, sql } from 'drizzle-orm'

export interface RetiredLogin {
  readonly authKeyId: bigint
  /** Milliseconds for which the last lease holder may still be connected with the login. */
  readonly busyMs: number
  /** The login, to sign it out; null when it stays signed in. */
  readonly encryptedLogin: string | null
}

const inMilliseconds = (ms: number) => sql`now() + ${ms} * interval '1 millisecond'`

/** Records a login that no session has after this transaction, and that must not be imported before it is free. */
export async function retireLogin(tx: Tx, login: RetiredLogin): Promise<void> {
  const { authKeyId, busyMs, encryptedLogin } = login
  const freeAt = inMilliseconds(busyMs)
  await tx
    .insert(retiredLogins)
    .values({ authKeyId, freeAt, encryptedLogin })
    .onConflictDoUpdate({
      target: retiredLogins.authKeyId,
      set: { freeAt: sql`greatest(${retiredLogins.freeAt}, ${freeAt})`, encryptedLogin },
    })
}

/** Seconds until the login may be imported, at least 1; null when it may be imported now. */
export async function secondsUntilFree(db: DbOrTx, authKeyId: bigint): Promise<number | null> {
  const [row] = await db
    .select({
      seconds: sql<number>`greatest(1, ceil(extract(epoch from ${retiredLogins.freeAt} - now())))::int`,
    })
    .from(retiredLogins)
    .where(
      and(
        eq(retiredLogins.authKeyId, authKeyId),
        or(gt(retiredLogins.freeAt, sql`now()`), isNotNull(retiredLogins.encryptedLogin)),
      ),
    )
  return row?.seconds ?? null
}

/** A claimed retired login. `freeAt` is the end of the claim and identifies it. */
export type ClaimedLogin = Pick<
  typeof retiredLogins.$inferSelect,
  'authKeyId' | 'encryptedLogin' | 'freeAt'
>

/** Claims a retired login that is due, for `claimMs`; null when none is due. Whole milliseconds, which a `Date` holds. */
export async function claimRetiredLogin(db: Db, claimMs: number): Promise<ClaimedLogin | null> {
  const free = db
    .select({ authKeyId: retiredLogins.authKeyId })
    .from(retiredLogins)
    .where(sql`${retiredLogins.freeAt} <= now()`)
    .orderBy(retiredLogins.freeAt)
    .limit(1)
    .for('update', { skipLocked: true })
  const [row] = await db
    .update(retiredLogins)
    .set({ freeAt: sql`date_trunc('milliseconds', ${inMilliseconds(claimMs)})` })
    .where(sql`${retiredLogins.authKeyId} = (${free})`)
    .returning()
  return row ?? null
}

/** Deletes a retired login, unless it was claimed or retired again since. */
export async function deleteRetiredLogin(
  db: Db,
  { authKeyId, encryptedLogin, freeAt }: ClaimedLogin,
): Promise<void> {
  await db
    .delete(retiredLogins)
    .where(
      and(
        eq(retiredLogins.authKeyId, authKeyId),
        eq(retiredLogins.freeAt, freeAt),
        sql`${retiredLogins.encryptedLogin} is not distinct from ${encryptedLogin}`,
      ),
    )
}
