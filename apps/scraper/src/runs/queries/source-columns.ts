import { sources, type Db, type DbOrTx, type Tx } from '@telegather/db'
import type { ChannelRef } from '@telegather/telegram'
import { and, eq, isNull } from 'drizzle-orm'

export type SourceRow = typeof sources.$inferSelect

/** True when the source exists and is not deleted; it stays as it is until the transaction ends. */
export async function lockSource(tx: Tx, sourceId: number): Promise<boolean> {
  const rows = await tx
    .select({ id: sources.id })
    .from(sources)
    .where(and(eq(sources.id, sourceId), isNull(sources.deletedAt)))
    .for('no key update')
  return rows.length > 0
}

export async function findSource(db: DbOrTx, sourceId: number): Promise<SourceRow | null> {
  const [row] = await db
    .select()
    .from(sources)
    .where(and(eq(sources.id, sourceId), isNull(sources.deletedAt)))
  return row ?? null
}

/** Keeps what looking the channel up has told. */
export async function saveChannel(
  db: Db,
  sourceId: number,
  found: { channel: ChannelRef; sessionId: number; folder: string },
): Promise<void> {
  await db
    .update(sources)
    .set({
      channelId: BigInt(found.channel.id),
      channelAccessHash: BigInt(found.channel.accessHash),
      channelSessionId: found.sessionId,
      folder: found.folder,
    })
    .where(eq(sources.id, sourceId))
}

/** From which message on the history is read next. */
export async function moveCursor(tx: Tx, sourceId: number, lastMessageId: number): Promise<void> {
  await tx.update(sources).set({ lastMessageId }).where(eq(sources.id, sourceId))
}

/** By what the source's files are pending or skipped from now on. */
export async function noteFilter(tx: Tx, sourceId: number, filter: object): Promise<void> {
  await tx.update(sources).set({ appliedFilter: filter }).where(eq(sources.id, sourceId))
}
