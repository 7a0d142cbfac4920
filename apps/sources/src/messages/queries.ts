import type { MessageKind } from '@telegather/contracts'
import { files, messages, messageVersions, messageWords, sources, type Db } from '@telegather/db'
import { searchQuery } from '@telegather/db/search'
import {
  and,
  asc,
  desc,
  eq,
  exists,
  getTableColumns,
  gte,
  isNotNull,
  isNull,
  lt,
  sql,
  type SQL,
} from 'drizzle-orm'
import { isReadable } from '../archives/queries.ts'

const { raw: _, ...columns } = getTableColumns(messages)

export type MessageRow = Omit<typeof messages.$inferSelect, 'raw'>
export type FileRow = typeof files.$inferSelect

/** A message and its file. */
export interface ArchivedMessage {
  readonly message: MessageRow
  readonly file: FileRow | null
}

/** Where a page ends: lists go from the newest to the oldest. */
export interface Position {
  readonly date: Date
  readonly id: number
}

export interface MessageFilter {
  readonly source_id?: number | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  readonly kind?: MessageKind | undefined
  readonly has_file?: boolean | undefined
  readonly q?: string | undefined
}

/** What the tenant may read of all archives, or of one that it may read. */
export function selectMessages(
  db: Db,
  tenantId: string | null,
  filter: MessageFilter,
  page: { readonly after: Position | undefined; readonly limit: number },
) {
  const { source_id: sourceId, since, until, kind, has_file: hasFile, q } = filter
  return db
    .select({ message: columns, file: files })
    .from(messages)
    .leftJoin(files, isFileOf(messages))
    .where(
      and(
        sourceId === undefined ? isReadableBy(db, tenantId) : eq(messages.sourceId, sourceId),
        since && gte(messages.date, since),
        until && lt(messages.date, until),
        kind && eq(messages.kind, kind),
        hasFile === undefined ? undefined : hasFile ? isNotNull(files.id) : isNull(files.id),
        q === undefined ? undefined : hasWords(q),
        page.after && isAfter(page.after),
      ),
    )
    .orderBy(desc(messages.date), desc(messages.id))
    .limit(page.limit)
}

export async function findMessage(db: Db, tenantId: string | null, id: number) {
  const [row] = await db
    .select({ message: columns, raw: messages.raw, file: files })
    .from(messages)
    .leftJoin(files, isFileOf(messages))
    .where(and(eq(messages.id, id), isReadableBy(db, tenantId)))
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

function isReadableBy(db: Db, tenantId: string | null): SQL {
  const source = db
    .select({ id: sources.id })
    .from(sources)
    .where(and(eq(sources.id, messages.sourceId), isReadable(tenantId)))
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

/** As an array, so that the index on words is asked first whatever the planner thinks of the others. */
function hasWords(q: string): SQL {
  return sql`${messages.id} = any(array(
    select ${messageWords.id} from ${messageWords} where ${messageWords.words} @@ ${searchQuery(q)}::tsquery))`
}

function isAfter({ date, id }: Position): SQL {
  return sql`(${messages.date}, ${messages.id}) < (${date.toISOString()}::timestamptz, ${id})`
}
