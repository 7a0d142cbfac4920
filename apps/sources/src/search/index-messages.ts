import type { Db } from '@telegather/db'
import { contentOf } from '@telegather/telegram'
import {
  selectSearchable,
  finishQueued,
  takeQueued,
  updateContents,
  upsertWords,
  type SearchableRow,
} from './queries.ts'
import { scopeWords } from './scope-words.ts'
import { searchWords } from './words.ts'

/** Indexing failed for the messages of one source. Other sources can still be indexed. */
export class SourceNotIndexed extends Error {
  override readonly name = 'SourceNotIndexed'
  readonly sourceId: number

  constructor(sourceId: number, options: ErrorOptions) {
    super(`The messages of source ${sourceId} could not be made searchable`, options)
    this.sourceId = sourceId
  }
}

/** Messages of one batch: a few milliseconds of computation, so that the event loop is not blocked for long. */
const BATCH = 200

/**
 * Indexes one batch of new or changed messages of the next source after `afterSourceId` in the queue. Returns the id of
 * that source; null when the queue is empty or another process is indexing. Throws SourceNotIndexed, so that the caller
 * can continue with the next source.
 */
export async function indexMessages(db: Db, afterSourceId = 0): Promise<number | null> {
  return db.transaction(async (tx) => {
    const queued = await takeQueued(tx, afterSourceId)
    if (queued === null) return null
    const { owner } = queued
    if (owner === null) {
      // The source was deleted with its messages.
      await finishQueued(tx, queued.id, null)
      return queued.sourceId
    }
    try {
      const rows = await selectSearchable(tx, queued, BATCH)
      const extracted = rows.filter(({ raw }) => raw !== null).map(withContent)
      const contents = new Map(extracted.map(({ id, content }) => [id, content]))
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
        extracted.filter(({ content }) => content !== null),
      )
      const last = rows.at(BATCH - 1)
      await finishQueued(tx, queued.id, last?.messageId ?? null)
    } catch (cause) {
      throw new SourceNotIndexed(queued.sourceId, { cause })
    }
    return queued.sourceId
  })
}

/** Extracts the content of a message that was stored without one. Of the people in it, only the author has a name. */
function withContent<Row extends SearchableRow>(row: Row): Row {
  const { raw, authorId, authorName } = row
  const content = contentOf(raw ?? {}, (id) => (id === authorId ? authorName : null))
  return { ...row, content }
}
