import { outbox, type Db, type Tx } from '@telegather/db'
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { NotificationChannel } from './notifications.ts'

export type OutboxRow = typeof outbox.$inferSelect
export type NewOutboxRow = typeof outbox.$inferInsert

export async function insertOutbox(tx: Tx, rows: readonly NewOutboxRow[]): Promise<void> {
  await tx.insert(outbox).values([...rows])
}

/** Notifies the listeners of a channel once the transaction commits. */
export async function notify(tx: Tx, channel: NotificationChannel): Promise<void> {
  await tx.execute(sql`select pg_notify(${channel}, '')`)
}

/**
 * Claims the oldest unpublished rows for `claimMs`, during which other relays skip them. Holds no row locks afterwards.
 * `claimed_until` identifies the claim; it has whole milliseconds, so that a `Date` holds it exactly.
 */
export async function claimUnpublished(
  db: Db,
  { limit, claimMs }: { limit: number; claimMs: number },
): Promise<OutboxRow[]> {
  const unpublished = db
    .select({ id: outbox.id })
    .from(outbox)
    .where(
      sql`${outbox.publishedAt} is null
        and (${outbox.claimedUntil} is null or ${outbox.claimedUntil} < now())`,
    )
    .orderBy(outbox.createdAt)
    .limit(limit)
    .for('update', { skipLocked: true })
  const rows = await db
    .update(outbox)
    .set({
      claimedUntil: sql`date_trunc('milliseconds', now()) + ${claimMs} * interval '1 millisecond'`,
    })
    .where(inArray(outbox.id, unpublished))
    .returning()
  return rows.toSorted((one, other) => Number(one.createdAt) - Number(other.createdAt))
}

/**
 * Marks the published rows of a claim as published and releases the others. A row whose claim has expired and that another
 * relay has claimed or published since is not released.
 */
export async function finishClaim(
  db: Db,
  claimed: readonly (Pick<OutboxRow, 'id' | 'claimedUntil'> & { readonly isPublished: boolean })[],
): Promise<void> {
  const published = claimed.filter(({ isPublished }) => isPublished).map(({ id }) => id)
  if (published.length > 0)
    await db
      .update(outbox)
      .set({ claimedUntil: null, publishedAt: sql`now()` })
      .where(and(inArray(outbox.id, published), isNull(outbox.publishedAt)))
  const failed = claimed.filter(({ isPublished }) => !isPublished)
  const [first] = failed
  if (!first?.claimedUntil) return
  await db
    .update(outbox)
    .set({ claimedUntil: null })
    .where(
      and(
        inArray(
          outbox.id,
          failed.map(({ id }) => id),
        ),
        isNull(outbox.publishedAt),
        // One statement claimed all rows, so they share the time.
        eq(outbox.claimedUntil, first.claimedUntil),
      ),
    )
}

/** Deletes up to `limit` rows that were published more than `days` ago; returns how many it deleted. */
export async function deletePublished(
  db: Db,
  { days, limit }: { readonly days: number; readonly limit: number },
): Promise<number> {
  const old = db
    .select({ id: outbox.id })
    .from(outbox)
    .where(sql`${outbox.publishedAt} < now() - make_interval(days => ${days})`)
    .orderBy(outbox.publishedAt)
    .limit(limit)
    .for('update', { skipLocked: true })
  const { count } = await db.delete(outbox).where(inArray(outbox.id, old))
  return count
}
