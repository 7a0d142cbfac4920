import type { Actor } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { archiveOf } from '../archives/archive-of.ts'
import { selectMessages, type ArchivedMessage, type MessageFilter } from './queries.ts'
import type { Position } from './queries/newest-ids.ts'

export interface MessagePage {
  readonly rows: readonly ArchivedMessage[]
  readonly nextCursor: string | null
}

/** A page of messages, newest first. `nextCursor` is null for the last page. */
export async function listMessages(
  db: Db,
  actor: Actor,
  { cursor, limit, ...filter }: MessageFilter & { cursor?: string | undefined; limit: number },
): Promise<MessagePage> {
  if (filter.source_id !== undefined) await archiveOf(db, actor, filter.source_id)
  const found = await selectMessages(db, actor.owner, filter, {
    after: cursor === undefined ? undefined : positionOf(cursor),
    limit: limit + 1,
  })
  const rows = found.slice(0, limit)
  const last = rows.at(-1)?.message
  return { rows, nextCursor: found.length > limit && last ? cursorOf(last) : null }
}

function cursorOf({ date, id }: Position): string {
  return `${date.getTime()}_${id}`
}

function positionOf(cursor: string): Position {
  const [date, id] = cursor.split('_').map(Number)
  return { date: new Date(date ?? 0), id: id ?? 0 }
}
