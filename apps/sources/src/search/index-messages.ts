import type { Db } from '@telegather/db'
import { selectSearchable, settleQueued, takeQueued, upsertWords } from './queries.ts'
import { searchWords } from './words.ts'

/** Some milliseconds of computing, between which requests are answered. */
const BATCH = 200

/**
 * Makes some messages searchable that were stored or changed, of the next source after `afterSourceId`; answers which
 * that is. Null when there are none, or another process is at it.
 */
export async function indexMessages(db: Db, afterSourceId = 0): Promise<number | null> {
  return db.transaction(async (tx) => {
    const queued = await takeQueued(tx, afterSourceId)
    if (queued === null) return null
    const rows = await selectSearchable(tx, queued, BATCH)
    await upsertWords(
      tx,
      rows.map((row) => ({ id: row.id, words: searchWords(row) })),
    )
    const last = rows.at(BATCH - 1)
    await settleQueued(tx, queued.id, last?.messageId ?? null)
    return queued.sourceId
  })
}
