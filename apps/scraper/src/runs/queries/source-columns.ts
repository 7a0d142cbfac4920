import { files, lockSource, sources, type DbOrTx, type Tx } from '@telegather/db'
import type { ChannelRef } from '@telegather/telegram'
import { and, desc, eq, isNull, sql } from 'drizzle-orm'

export type SourceRow = typeof sources.$inferSelect

/** Locks the source's row. False when the source does not exist or is deleted. */
export async function lockOwnSource(tx: Tx, sourceId: number): Promise<boolean> {
  const source = await lockSource(tx, and(eq(sources.id, sourceId), isNull(sources.deletedAt)))
  return source !== null
}

export async function findSource(db: DbOrTx, sourceId: number): Promise<SourceRow | null> {
  const [row] = await db
    .select()
    .from(sources)
    .where(and(eq(sources.id, sourceId), isNull(sources.deletedAt)))
  return row ?? null
}

/**
 * Saves the channel that a session resolved. Changes nothing when the source's identifier has changed, or another
 * session's result was saved, since `source` was read.
 */
export async function saveChannel(
  tx: Tx,
  source: SourceRow,
  { channel, sessionId }: { channel: ChannelRef; sessionId: number },
): Promise<void> {
  await tx
    .update(sources)
    .set({
      channelId: BigInt(channel.id),
      channelAccessHash: BigInt(channel.accessHash),
      channelSessionId: sessionId,
    })
    .where(
      and(
        eq(sources.id, source.id),
        eq(sources.identifier, source.identifier),
        sql`${sources.channelSessionId} is not distinct from ${source.channelSessionId}`,
      ),
    )
}

/**
 * The folder of the source's newest file on its target, among files whose path begins with `prefix`. Null for none.
 */
export async function findFolderInUse(
  tx: Tx,
  source: SourceRow,
  prefix: string,
): Promise<string | null> {
  const inFolder = sql`starts_with(${files.path}, ${prefix})`
  const [row] = await tx
    .select({ path: files.path })
    .from(files)
    .where(and(eq(files.sourceId, source.id), eq(files.target, source.target), inFolder))
    .orderBy(desc(files.messageId))
    .limit(1)
  // A path ends in year, month and file name.
  return row?.path?.split('/').slice(0, -3).join('/') ?? null
}

/** Saves a source's folder. Changes nothing when it has a folder, or its target or path changed since `source` was read. */
export async function saveFolder(tx: Tx, source: SourceRow, folder: string): Promise<void> {
  await tx
    .update(sources)
    .set({ folder })
    .where(
      and(
        eq(sources.id, source.id),
        isNull(sources.folder),
        eq(sources.target, source.target),
        sql`${sources.targetPath} is not distinct from ${source.targetPath}`,
      ),
    )
}

/** Moves the source's cursor: the history is read after `lastMessageId`. */
export async function moveCursor(tx: Tx, sourceId: number, lastMessageId: number): Promise<void> {
  await tx.update(sources).set({ lastMessageId }).where(eq(sources.id, sourceId))
}

/** Records the filter that decided which of the source's files are pending and which are skipped. */
export async function recordFilter(tx: Tx, sourceId: number, filter: object): Promise<void> {
  await tx.update(sources).set({ appliedFilter: filter }).where(eq(sources.id, sourceId))
}
