import { messages, runs, sources, type Db, type Tx } from '@telegather/db'
import { and, desc, eq, gte, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { RunRow } from '../runs/queries.ts'

/** Ids of messages that were stored before the run was made and are not older than `since`, newest first. */
export async function selectRecent(
  db: Db,
  run: RunRow,
  { since, before, limit }: { since: Date; before: number | null; limit: number },
): Promise<number[]> {
  const rows = await db
    .select({ messageId: messages.messageId })
    .from(messages)
    .where(
      and(
        eq(messages.sourceId, run.sourceId),
        gte(messages.date, since),
        lt(messages.storedAt, run.createdAt),
        before === null ? undefined : lt(messages.messageId, before),
      ),
    )
    .orderBy(desc(messages.messageId))
    .limit(limit)
  return rows.map(({ messageId }) => messageId)
}

/** Telegram no longer has them; those of which it is known stay as they are. */
export async function noteMissing(
  tx: Tx,
  sourceId: number,
  messageIds: readonly number[],
): Promise<void> {
  if (messageIds.length === 0) return
  await tx
    .update(messages)
    .set({ missingAt: sql`now()` })
    .where(
      and(
        eq(messages.sourceId, sourceId),
        inArray(messages.messageId, [...messageIds]),
        isNull(messages.missingAt),
      ),
    )
}

/** Missing, but not marked as deleted. */
const isUnmarked = (sourceId: number) =>
  and(eq(messages.sourceId, sourceId), isNotNull(messages.missingAt), isNull(messages.deletedAt))

/** Such messages among all, and among those not older than `since`. */
export async function countUnmarked(
  tx: Tx,
  sourceId: number,
  since: Date,
): Promise<{ all: number; recent: number }> {
  const [row] = await tx
    .select({
      all: sql<number>`count(*)::int`,
      recent: sql<number>`(count(*) filter (where ${gte(messages.date, since)}))::int`,
    })
    .from(messages)
    .where(isUnmarked(sourceId))
  return row ?? { all: 0, recent: 0 }
}

export async function markDeleted(tx: Tx, sourceId: number, since: Date): Promise<void> {
  await tx
    .update(messages)
    .set({ deletedAt: messages.missingAt })
    .where(and(isUnmarked(sourceId), gte(messages.date, since)))
}

/** Everything that was ever stored of the source. */
export async function totalMessages(tx: Tx, sourceId: number): Promise<number> {
  const [row] = await tx
    .select({ total: sources.totalMessages })
    .from(sources)
    .where(eq(sources.id, sourceId))
  return row?.total ?? 0
}

export async function askToAccept(tx: Tx, sourceId: number, deletions: number): Promise<void> {
  await tx
    .update(sources)
    .set({ deletionsToAccept: deletions })
    .where(and(eq(sources.id, sourceId), sql`${sources.deletionsToAccept} <> ${deletions}`))
}

/** Where the run goes on looking, should it be interrupted; 0 once it has seen all. */
export async function noteRescanned(tx: Tx, run: RunRow, rescannedTo: number): Promise<void> {
  await tx.update(runs).set({ rescannedTo }).where(eq(runs.id, run.id))
}
