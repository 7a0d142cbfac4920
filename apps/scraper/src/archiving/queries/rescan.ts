import { hiddenId, messages, runs, sources, type Db, type Tx } from '@telegather/db'
import { and, desc, eq, gte, inArray, isNotNull, isNull, lt, sql, type SQL } from 'drizzle-orm'
import type { RunRow } from '../../runs/queries/run-state.ts'

/** Messages that are missing at Telegram and not marked as deleted. */
const isUnmarked = (sourceId: number) =>
  and(
    eq(messages.sourceId, hiddenId(sourceId)),
    isNotNull(messages.missingAt),
    isNull(messages.deletedAt),
  )

/** The lowest id of a message that is not older than `since`; null when there is none. */
export async function findLowestRecent(
  db: Db,
  sourceId: number,
  since: Date,
): Promise<number | null> {
  const [row] = await db
    // `+ 0` keeps Postgres from scanning the primary key upwards over all older messages.
    .select({ lowest: sql<number | null>`min(${messages.messageId} + 0)` })
    .from(messages)
    .where(and(eq(messages.sourceId, hiddenId(sourceId)), gte(messages.date, since)))
  return row?.lowest ?? null
}

/**
 * Ids of messages that were stored before the run was created, newest first: messages since `since`, and messages of any
 * age whose deletion awaits consent. `lowestRecent` is a lower bound of the ids since `since`, for the index.
 */
export async function selectRecent(
  db: Db,
  run: RunRow,
  {
    since,
    lowestRecent,
    before,
    limit,
  }: { since: Date; lowestRecent: number | null; before: number | null; limit: number },
): Promise<number[]> {
  const newest = (condition: SQL | undefined) =>
    db
      .select({ messageId: messages.messageId })
      .from(messages)
      .where(
        and(
          eq(messages.sourceId, hiddenId(run.sourceId)),
          condition,
          lt(messages.storedAt, run.createdAt),
          before === null ? undefined : lt(messages.messageId, before),
        ),
      )
      .orderBy(desc(messages.messageId))
      .limit(limit)
  const unmarked = await newest(isUnmarked(run.sourceId))
  const recent =
    lowestRecent === null
      ? []
      : await newest(and(gte(messages.messageId, lowestRecent), gte(messages.date, since)))
  const ids = new Set([...unmarked, ...recent].map(({ messageId }) => messageId))
  return [...ids].toSorted((a, b) => b - a).slice(0, limit)
}

/** Records the time at which messages were first missing at Telegram. A time recorded earlier stays. */
export async function recordMissing(
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
        eq(messages.sourceId, hiddenId(sourceId)),
        inArray(messages.messageId, [...messageIds]),
        isNull(messages.missingAt),
      ),
    )
}

export async function countUnmarked(tx: Tx, sourceId: number): Promise<number> {
  return tx.$count(messages, isUnmarked(sourceId))
}

/** True when the source has at least `atLeast` messages that are not marked as deleted. Counts no further. */
export async function hasMessages(tx: Tx, sourceId: number, atLeast: number): Promise<boolean> {
  const first = tx
    .select({ messageId: messages.messageId })
    .from(messages)
    .where(and(eq(messages.sourceId, hiddenId(sourceId)), isNull(messages.deletedAt)))
    .limit(atLeast)
  return (await tx.$count(first)) === atLeast
}

export async function markDeleted(tx: Tx, sourceId: number): Promise<void> {
  await tx.update(messages).set({ deletedAt: messages.missingAt }).where(isUnmarked(sourceId))
}

/** True while deletions await a person's consent. */
export async function isAwaitingAcceptance(tx: Tx, sourceId: number): Promise<boolean> {
  const [row] = await tx
    .select({ deletions: sources.deletionsToAccept })
    .from(sources)
    .where(eq(sources.id, sourceId))
  return row !== undefined && row.deletions > 0
}

/** Records the number of deletions that await consent; 0 withdraws the request. */
export async function askToAccept(tx: Tx, sourceId: number, deletions: number): Promise<void> {
  await tx
    .update(sources)
    .set({ deletionsToAccept: deletions })
    .where(and(eq(sources.id, sourceId), sql`${sources.deletionsToAccept} <> ${deletions}`))
}

/** Saves the rescan's cursor: the lowest id that was read again; 0 when the rescan is done. */
export async function recordRescanned(tx: Tx, run: RunRow, rescannedTo: number): Promise<void> {
  await tx.update(runs).set({ rescannedTo }).where(eq(runs.id, run.id))
}
