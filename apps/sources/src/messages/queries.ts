import type { Owner } from '@telegather/contracts'
import { files, messages, messageVersions, sources, type Db } from '@telegather/db'
import { and, asc, desc, eq, exists, getTableColumns, gt, isNull, sql, type SQL } from 'drizzle-orm'
import { isReadable } from '../archives/queries.ts'
import { selectFoundIds } from './queries/found-ids.ts'
import { arrayOf, selectNewestIds, type IndexedFilter, type PageOf } from './queries/newest-ids.ts'

/** Of so few sources, all are asked for messages, whether or not they count any. */
const MAX_UNCOUNTED = 200

const { raw: _, ...columns } = getTableColumns(messages)

export type MessageRow = Omit<typeof messages.$inferSelect, 'raw'>
export type FileRow = typeof files.$inferSelect

/** A message and its file. */
export interface ArchivedMessage {
  readonly message: MessageRow
  readonly file: FileRow | null
}

export interface MessageFilter extends IndexedFilter {
  readonly source_id?: number | undefined
  readonly q?: string | undefined
}

/** A page of one source that `owner` may read, or of all of them; newest first. */
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
    .where(sql`${messages.id} = any(${arrayOf(ids)}::bigint[])`)
    .orderBy(desc(messages.date), desc(messages.id))
}

/** Of many sources, only those that have messages: most of them may be new, and each one costs time. */
async function selectScope(db: Db, owner: Owner): Promise<number[]> {
  const rows = await db
    .select({ id: sources.id, hasMessages: gt(sources.totalMessages, 0).mapWith(Boolean) })
    .from(sources)
    .where(isReadable(owner))
  const isMuch = rows.length > MAX_UNCOUNTED
  return rows.filter(({ hasMessages }) => hasMessages || !isMuch).map(({ id }) => id)
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

/** Oldest first, each with the file that it had. */
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

/** The file of now, not those that a message had before. */
export function isFileOf(message: typeof messages): SQL | undefined {
  return and(
    eq(files.sourceId, message.sourceId),
    eq(files.messageId, message.messageId),
    isNull(files.replacedAt),
  )
}
