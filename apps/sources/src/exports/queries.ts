import { files, messages, type Db } from '@telegather/db'
import { and, asc, eq, getTableColumns, gt } from 'drizzle-orm'
import { isFileOf, type ArchivedMessage } from '../messages/queries.ts'

const { raw, ...columns } = getTableColumns(messages)

export type ExportedMessage = ArchivedMessage & {
  /** The message's TL object; null without `withRaw`. */
  readonly raw: Readonly<Record<string, unknown>> | null
}

/** The next messages of a source after a Telegram message id, in ascending order. */
export async function selectMessagesAfter(
  db: Db,
  sourceId: number,
  afterMessageId: number,
  { limit, withRaw }: { readonly limit: number; readonly withRaw: boolean },
): Promise<ExportedMessage[]> {
  const rows = await db
    .select({ message: columns, file: files, ...(withRaw && { raw }) })
    .from(messages)
    .leftJoin(files, isFileOf(messages))
    .where(and(eq(messages.sourceId, sourceId), gt(messages.messageId, afterMessageId)))
    .orderBy(asc(messages.messageId))
    .limit(limit)
  return rows.map((row) => ({ ...row, raw: row.raw ?? null }))
}
