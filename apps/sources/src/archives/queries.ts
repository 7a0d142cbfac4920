import { FILE_STATES, type FileState, type Owner, type Target } from '@telegather/contracts'
import { claimSources, files, messages, ownedBy, sources, type Db, type Tx } from '@telegather/db'
import { and, asc, count, desc, eq, isNotNull, sql, sum, type SQL } from 'drizzle-orm'

/**
 * Locks a source marked for purging and deleted at least `settledAfterMs` ago. Null when none is due and unlocked. The idle
 * limit of the transaction stays that of the pool: a target may take longer than 5 s to delete a file.
 */
export async function lockPurged(tx: Tx, settledAfterMs: number): Promise<number | null> {
  const [row] = await claimSources(tx, {
    where: and(
      eq(sources.purge, true),
      sql`${sources.deletedAt} < now() - ${settledAfterMs} * interval '1 millisecond'`,
    ),
    strength: 'update',
    // Random, so that a source whose target is unavailable does not block the others.
    orderBy: sql`random()`,
    limit: 1,
    keepsPoolLimit: true,
  })
  return row?.id ?? null
}

export interface PlacedFile {
  readonly id: number
  readonly target: Target
  readonly path: string
}

/**
 * Files with a path on a target, whether stored or not: a worker that died may have written the file without recording
 * it.
 */
export async function selectPlacedFiles(
  tx: Tx,
  sourceId: number,
  limit: number,
): Promise<PlacedFile[]> {
  const rows = await tx
    .select({ id: files.id, target: files.target, path: files.path })
    .from(files)
    .where(and(eq(files.sourceId, sourceId), isNotNull(files.path), isNotNull(files.target)))
    .limit(limit)
  return rows.flatMap(({ id, target, path }) =>
    target === null || path === null ? [] : [{ id, target, path }],
  )
}

export async function deleteFileRow(tx: Tx, fileId: number): Promise<void> {
  await tx.delete(files).where(eq(files.id, fileId))
}

/** Deletes a source; its runs and messages are deleted by cascade. */
export async function deleteSourceRow(tx: Tx, sourceId: number): Promise<void> {
  await tx.delete(sources).where(eq(sources.id, sourceId))
}

/** Condition: the owner may read the source's archive. Deleted sources count, unless marked for purging. */
export function isReadable(owner: Owner): SQL | undefined {
  return and(ownedBy(sources, owner), eq(sources.purge, false))
}

export type ArchiveRow = Pick<
  typeof sources.$inferSelect,
  'id' | 'name' | 'channelTitle' | 'channelId' | 'accessLevel'
>

export async function findArchive(
  db: Db,
  owner: Owner,
  sourceId: number,
): Promise<ArchiveRow | null> {
  const { id, name, channelTitle, channelId, accessLevel } = sources
  const [row] = await db
    .select({ id, name, channelTitle, channelId, accessLevel })
    .from(sources)
    .where(and(isReadable(owner), eq(id, sourceId)))
  return row ?? null
}

interface Place {
  readonly message_id: number
  readonly date: string
}

export async function countMessages(
  tx: Tx,
  sourceId: number,
): Promise<{ messages: number; deleted: number; first: Place | null; last: Place | null }> {
  const ofSource = eq(messages.sourceId, sourceId)
  // Two queries, each an index-only scan. A single query for both counts would read every message.
  const counted = await tx.$count(messages, ofSource)
  const deleted = await tx.$count(messages, and(ofSource, isNotNull(messages.deletedAt)))
  const end = async (order: SQL) => {
    const [row] = await tx
      .select({ message_id: messages.messageId, date: messages.date })
      .from(messages)
      .where(ofSource)
      .orderBy(order)
      .limit(1)
    return row ? { ...row, date: row.date.toISOString() } : null
  }
  return {
    messages: counted,
    deleted,
    first: await end(asc(messages.messageId)),
    last: await end(desc(messages.messageId)),
  }
}

/** Number of files by state, and the total bytes of stored files. */
export async function countFiles(
  tx: Tx,
  sourceId: number,
): Promise<{ states: Record<FileState, number>; bytes: number }> {
  const rows = await tx
    .select({ state: files.state, files: count(), bytes: sum(files.size).mapWith(Number) })
    .from(files)
    .where(eq(files.sourceId, sourceId))
    .groupBy(files.state)
  const of = (state: FileState) => rows.find((row) => row.state === state)
  const states = FILE_STATES.map((state) => [state, of(state)?.files ?? 0])
  return {
    states: Object.fromEntries(states) as Record<FileState, number>,
    bytes: of('stored')?.bytes ?? 0,
  }
}

/**
 * The newest `limit` gaps between the ids of stored messages. Scans from the newest message down to the last gap
 * returned.
 */
export async function selectHoles(
  tx: Tx,
  sourceId: number,
  limit: number,
): Promise<{ first_id: number; last_id: number }[]> {
  const rows = await tx.execute<{ first_id: number; last_id: number }>(holesOf(sourceId, limit))
  return [...rows]
}

function holesOf(sourceId: number, limit: number): SQL {
  return sql`
    select older + 1 as first_id, message_id - 1 as last_id
    from (
      select ${messages.messageId}, lead(${messages.messageId}) over (order by ${messages.messageId} desc) as older
      from ${messages} where ${messages.sourceId} = ${sourceId}
    ) ids
    where message_id > older + 1
    order by message_id desc
    limit ${limit}`
}
