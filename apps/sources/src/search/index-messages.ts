import type { Db } from '@telegather/db'
import { contentOf } from '@telegather/telegram'
import {
  selectSearchable,
  settleQueued,
  takeQueued,
  updateContents,
  upsertWords,
  type SearchableRow,
} from './queries.ts'
import { scopeWords } from './scope-words.ts'
import { searchWords } from './words.ts'

/** Messages of one source could not be made searchable; others can. */
export class SourceNotIndexed extends Error {
  override readonly name = 'SourceNotIndexed'
  readonly sourceId: number

  constructor(sourceId: number, options: ErrorOptions) {
    super(`The messages of source ${sourceId} could not be made searchable`, options)
    this.sourceId = sourceId
  }
}

/** Some milliseconds of computing, between which requests are answered. */
const BATCH = 200

/**
 * Makes a batch of stored or changed messages searchable, of the next source after `afterSourceId`. Returns that source;
 * null when the queue is empty or another process works on it. Throws SourceNotIndexed, so that the caller can go on
 * with the next source.
 */
export async function indexMessages(db: Db, afterSourceId = 0): Promise<number | null> {
  return db.transaction(async (tx) => {
    const queued = await takeQueued(tx, afterSourceId)
    if (queued === null) return null
    const { owner } = queued
    if (owner === null) {
      // Its source is deleted, with all messages.
      await settleQueued(tx, queued.id, null)
      return queued.sourceId
    }
    try {
      const rows = await selectSearchable(tx, queued, BATCH)
      const made = rows.filter(({ raw }) => raw !== null).map(withContent)
      const contents = new Map(made.map(({ id, content }) => [id, content]))
      await upsertWords(
        tx,
        rows.map((row) => ({
          id: row.id,
          sourceId: row.sourceId,
          date: row.date,
          words: [
            ...searchWords({ ...row, content: contents.get(row.id) ?? row.content }),
            ...scopeWords({ ...row, owner }),
          ],
        })),
      )
      await updateContents(
        tx,
        made.filter(({ content }) => content !== null),
      )
      const last = rows.at(BATCH - 1)
      await settleQueued(tx, queued.id, last?.messageId ?? null)
    } catch (cause) {
      throw new SourceNotIndexed(queued.sourceId, { cause })
    }
    return queued.sourceId
  })
}

/** The content of a message that was stored without one. Of its people only the author is known by name. */
function withContent<Row extends SearchableRow>(row: Row): Row {
  const { raw, authorId, authorName } = row
  const content = contentOf(raw ?? {}, (id) => (id === authorId ? authorName : null))
  return { ...row, content }
}
