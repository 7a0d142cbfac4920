import { EXECUTED_RUN_STATES, type Owner } from '@telegather/contracts'
import {
  files,
  hiddenId,
  messages,
  messageWords,
  ownerOf,
  runs,
  searchQueue,
  sources,
  type Db,
  type Tx,
} from '@telegather/db'
import { and, asc, between, desc, eq, getTableColumns, gt, inArray, sql } from 'drizzle-orm'
import { isFileOf } from '../messages/queries.ts'
import type { Scoped } from './scope-words.ts'
import type { Searchable } from './words.ts'

/** Key of the advisory lock of indexing. No other code of this database uses it. */
const SEARCH_LOCK = 720_198_003

export type QueuedRow = typeof searchQueue.$inferSelect & {
  /** Null when the source is deleted. */
  readonly owner: Owner | null
}

/**
 * Settings of the indexing transaction. A page has thousands of words: with a large pending list the GIN index adds them
 * in a third less time.
 */
const INDEXING = {
  work_mem: '32MB',
  gin_pending_list_limit: '16MB',
  // A commit lost by a crash is repeated, because its messages stay in the queue.
  synchronous_commit: 'off',
  // Keeps triggers from queueing the messages that this transaction indexes.
  'telegather.makes_words': 'on',
}

/**
 * Takes the oldest queue row of the next source after `afterSourceId`: sources take turns, so a long history does not
 * delay the others. Null when the queue is empty or another process is indexing. Only one process may index at a time:
 * of two, the one that read a text before it changed could write last.
 */
export async function takeQueued(tx: Tx, afterSourceId: number): Promise<QueuedRow | null> {
  const settings = Object.entries(INDEXING).map(
    ([name, value]) => sql`set_config(${name}, ${value}, true)`,
  )
  const [lock] = await tx.execute<{ taken: boolean }>(
    sql`select pg_try_advisory_xact_lock(${SEARCH_LOCK}) as taken, ${sql.join(settings, sql`, `)}`,
  )
  if (!lock?.taken) return null
  const { id, sourceId, withContent } = searchQueue
  const [row] = await tx
    .select({
      queued: getTableColumns(searchQueue),
      owner: { ownerKind: sources.ownerKind, ownerId: sources.ownerId },
    })
    .from(searchQueue)
    .leftJoin(sources, eq(sources.id, sourceId))
    .orderBy(asc(withContent), desc(gt(sourceId, afterSourceId)), asc(sourceId), asc(id))
    .limit(1)
  return row ? { ...row.queued, owner: row.owner && ownerOf(row.owner) } : null
}

export interface SearchableRow extends Searchable, Omit<Scoped, 'owner'> {
  readonly id: number
  readonly messageId: number
  /** The `xmin` of the row version that was read. */
  readonly rowVersion: string
  readonly authorId: string | null
  readonly authorName: string | null
  /** Null unless the content has to be extracted from it. */
  readonly raw: typeof messages.$inferSelect.raw | null
}

/** Selects the next messages of a queue row, in the order of their ids, and locks them against deletion. */
export async function selectSearchable(
  tx: Tx,
  { sourceId, firstMessageId, lastMessageId, withContent }: QueuedRow,
  limit: number,
): Promise<SearchableRow[]> {
  return tx
    .select({
      id: messages.id,
      messageId: messages.messageId,
      sourceId: messages.sourceId,
      kind: messages.kind,
      hasFile: messages.hasFile,
      date: messages.date,
      text: messages.text,
      content: messages.content,
      entities: messages.entities,
      fileName: files.name,
      rowVersion: sql<string>`${messages}.xmin::text`,
      authorId: messages.authorId,
      authorName: messages.authorName,
      raw: withContent
        ? sql<SearchableRow['raw']>`case when ${messages.content} is null then ${messages.raw} end`
        : sql<null>`null`,
    })
    .from(messages)
    .leftJoin(files, isFileOf(messages))
    .where(
      and(
        eq(messages.sourceId, hiddenId(sourceId)),
        between(messages.messageId, firstMessageId, lastMessageId),
      ),
    )
    .orderBy(asc(messages.messageId))
    .limit(limit)
    .for('key share', { of: messages })
}

export async function upsertWords(
  tx: Tx,
  rows: readonly (typeof messageWords.$inferInsert)[],
): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insert(messageWords)
    .values([...rows])
    .onConflictDoUpdate({
      target: messageWords.id,
      set: { words: sql`excluded.words`, date: sql`excluded.date` },
    })
}

/**
 * Stores contents that were extracted from raw messages. Skips messages that changed since they were read: the change has
 * set their content.
 */
export async function updateContents(
  tx: Tx,
  rows: readonly Pick<SearchableRow, 'id' | 'rowVersion' | 'content'>[],
): Promise<void> {
  if (rows.length === 0) return
  const extracted = rows.map(({ id, rowVersion, content }) => ({
    id,
    version: rowVersion,
    content,
  }))
  await tx.execute(sql`
    update ${messages} set content = extracted.content
    from jsonb_to_recordset(${JSON.stringify(extracted)}::jsonb)
      as extracted (id bigint, version text, content jsonb)
    where ${messages.id} = extracted.id and ${messages}.xmin::text = extracted.version`)
}

/** Deletes a queue row, or with `lastMessageId` shortens it to the messages after that one. */
export async function finishQueued(
  tx: Tx,
  id: number,
  lastMessageId: number | null,
): Promise<void> {
  if (lastMessageId === null) await tx.delete(searchQueue).where(eq(searchQueue.id, id))
  else
    await tx
      .update(searchQueue)
      .set({ firstMessageId: lastMessageId + 1 })
      .where(eq(searchQueue.id, id))
}

/** True while a run of any source is executed. */
export async function isArchiving(db: Db): Promise<boolean> {
  const rows = await db
    .select({ id: runs.id })
    .from(runs)
    .where(inArray(runs.state, [...EXECUTED_RUN_STATES]))
    .limit(1)
  return rows.length > 0
}
