import type { MessageKind } from '@telegather/contracts'
import {
  files,
  messages,
  messageVersions,
  messageWords,
  sources,
  type Db,
  type Tx,
} from '@telegather/db'
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
import { searchQuery } from '../search/words.ts'

/** Up to so many messages are read by their ids, and sorted, for one page. */
const MAX_LOOKED_UP = 5000

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
export async function selectMessages(
  db: Db,
  tenantId: string | null,
  filter: MessageFilter,
  page: { readonly after: Position | undefined; readonly limit: number },
): Promise<ArchivedMessage[]> {
  const { source_id: sourceId, since, until, kind, has_file: hasFile, q } = filter
  const isFound = q === undefined ? undefined : await hasWords(db, q)
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
        hasFile === undefined ? undefined : hasFileRow(hasFile),
        isFound,
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

/** By a column that the join compares: of another one Postgres expects no row at all, and sorts every message. */
function hasFileRow(hasFile: boolean): SQL {
  return hasFile ? isNotNull(files.messageId) : isNull(files.messageId)
}

/**
 * Words that few messages have are looked up in their index; of messages that have those which many have, the newest
 * are looked through. Which of both it is, Postgres does not know of beginnings and of words together.
 */
async function hasWords(db: Db, q: string): Promise<SQL> {
  const ids = await selectIdsByWords(db, q, MAX_LOOKED_UP + 1)
  if (ids.length <= MAX_LOOKED_UP)
    return sql`${messages.id} = any(${`{${ids.join(',')}}`}::bigint[])`
  const words = db
    .select({ id: messageWords.id })
    .from(messageWords)
    .where(and(eq(messageWords.id, messages.id), matches(q)))
  return exists(words)
}

/** Some messages that have all words of `q`. */
async function selectIdsByWords(db: Db, q: string, limit: number): Promise<string[]> {
  const rows = await byWords(db, (tx) => tx.execute<{ id: string }>(idsByWords(q, limit)))
  return rows.map(({ id }) => id)
}

export function idsByWords(q: string, limit: number): SQL {
  return sql`select ${messageWords.id} from ${messageWords} where ${matches(q)} limit ${limit}`
}

/** By the index on words in any case: Postgres takes it for cheap to look through the words of all messages. */
export async function byWords<Result>(db: Db, read: (tx: Tx) => Promise<Result>): Promise<Result> {
  return db.transaction(async (tx) => {
    await tx.execute(
      sql`select set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)`,
    )
    return read(tx)
  })
}

function matches(q: string): SQL {
  return sql`${messageWords.words} @@ ${searchQuery(q)}::tsquery`
}

function isAfter({ date, id }: Position): SQL {
  return sql`(${messages.date}, ${messages.id}) < (${date.toISOString()}::timestamptz, ${id})`
}
