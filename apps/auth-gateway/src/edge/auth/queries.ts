import { apiKeys, browserLogins, type Db, type Tx } from '@telegather/db'
import { and, eq, getTableColumns, gt, lte, sql } from 'drizzle-orm'
import { isUsable, type KeyRow } from '../keys/queries.ts'

export async function insertBrowserLogin(
  tx: Tx,
  values: { id: string; tokenSha256: string; keyId: string },
  lifetimeSeconds: number,
): Promise<void> {
  await tx
    .insert(browserLogins)
    .values({ ...values, expiresAt: sql`now() + ${lifetimeSeconds} * interval '1 second'` })
}

/** The key of a browser login; null when the login or the key has expired, or the key was revoked. */
export async function findKeyOfLogin(db: Db, tokenSha256: string): Promise<KeyRow | null> {
  const [row] = await db
    .select(getTableColumns(apiKeys))
    .from(browserLogins)
    .innerJoin(apiKeys, eq(apiKeys.id, browserLogins.keyId))
    .where(
      and(
        eq(browserLogins.tokenSha256, tokenSha256),
        gt(browserLogins.expiresAt, sql`now()`),
        isUsable(),
      ),
    )
  return row ?? null
}

/** Deletes a browser login and returns it; null when it does not exist. */
export async function deleteBrowserLogin(tx: Tx, tokenSha256: string) {
  const [row] = await tx
    .delete(browserLogins)
    .where(eq(browserLogins.tokenSha256, tokenSha256))
    .returning()
  return row ?? null
}

export async function deleteExpiredBrowserLogins(tx: Tx): Promise<void> {
  await tx.delete(browserLogins).where(lte(browserLogins.expiresAt, sql`now()`))
}
