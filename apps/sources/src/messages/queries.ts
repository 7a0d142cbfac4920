import type { Owner } from '@telegather/contracts'
import { arrayText, files, messages, messageVersions, sources, type Db } from '@telegather/db'
import { and, asc, desc, eq, exists, getTableColumns, gt, isNull, sql, type SQL } from 'drizzle-orm'
import { isReadable } from '../archives/queries.ts'
import { selectFoundIds } from './queries/found-ids.ts'
import { selectNewestIds, type IndexedFilter, type PageOf } from './queries/newest-ids.ts'

/** Up to this many sources, all are queried for messages, also those with `total_messages` 0. */
const MAX_UNCOUNTED = 200

const { raw: _, ...columns } = getTableColumns(messages)

export type MessageRow = Omit<typeof messages.$inferSelect, 'raw'>
export type FileRow = typeof files.$inferSelect

/** A message and its current file. */
export interface ArchivedMessage {
  readonly message: MessageRow
  readonly file: FileRow | null
}

export interface MessageFilter extends IndexedFilter {
  readonly source_id?: number | undefined
  readonly q?: string | undefined
}

/** Selects a page of messages, newest first, of one source or of all sources that `owner` may read. */
export async function selectMessages(
  db: Db,
  owner: Owner,
  { source_id: sourceId, q, ...filter }: MessageFilter,
  page: PageOf,
): Promise<ArchivedMessage[]> {
  const sourceIds = sourceId === undefined ? await selectScope(db, owner) : [sourceId]
  if (sourceIds.length === 0) return []
  const ids =
    q === undefined
      ? await selectNewestIds(db, { sourceIds }, filter, page)
      : await selectFoundIds(db, { sourceId, sourceIds, owner }, { ...filter, q }, page)
  return db
    .select({ message: columns, file: files })
    .from(messages)
    .leftJoin(files, isFileOf(messages))
    .where(sql`${messages.id} = any(${arrayText(ids)}::bigint[])`)
    .orderBy(desc(messages.date), desc(messages.id))
}

/** Ids of all readable sources. Of more than 200, only those with messages, because each source costs time. */
async function selectScope(db: Db, owner: Owner): Promise<number[]> {
  const rows = await db
    .select({ id: sources.id, hasMessages: gt(sources.totalMessages, 0).mapWith(Boolean) })
    .from(sources)
    .where(isReadable(owner))
  const areMany = rows.length > MAX_UNCOUNTED
  return rows.filter(({ hasMessages }) => hasMessages || !areMany).map(({ id }) => id)
}

export async function findMessage(db: Db, owner: Owner, id: number) {
  const [row] = await db
    .select({ message: columns, raw: messages.raw, file: files })
    .from(messages)
    .leftJoin(files, isFileOf(messages))
    .where(and(eq(messages.id, id), isReadableBy(db, owner)))
  return row ?? null
}

export type VersionRow = typeof messageVersions.$inferSelect

/** The versions of a message, oldest first, each with the file that the message then had. */
export async function selectVersions(
  db: Db,
  { sourceId, messageId }: Pick<MessageRow, 'sourceId' | 'messageId'>,
): Promise<{ version: VersionRow; file: FileRow | null }[]> {
  return db
    .select({ version: messageVersions, file: files })
    .from(messageVersions)
    .leftJoin(
      files,
      and(
        eq(files.sourceId, messageVersions.sourceId),
        eq(files.messageId, messageVersions.messageId),
        eq(files.version, messageVersions.fileVersion),
      ),
    )
    .where(and(eq(messageVersions.sourceId, sourceId), eq(messageVersions.messageId, messageId)))
    .orderBy(asc(messageVersions.version))
}

function isReadableBy(db: Db, owner: Owner): SQL {
  const source = db
    .select({ id: sources.id })
    .from(sources)
    .where(and(eq(sources.id, messages.sourceId), isReadable(owner)))
  return exists(source)
}

/** The condition for a message's current file, which no edit has replaced. */
export function isFileOf(message: typeof messages): SQL | undefined {
  return and(
    eq(files.sourceId, message.sourceId),
    eq(files.messageId, message.messageId),
    isNull(files.replacedAt),
  )
}
