import type { Db } from '@telegather/db'
import type { Targets } from '@telegather/storage'
import { deleteFileRow, deleteSourceRow, lockPurged, selectPlacedFiles } from './queries.ts'

const BATCH = 100
/** By then whoever was executing a run of the source has noticed that it is gone. */
const SETTLED_AFTER_MS = 60_000

export interface PurgeOptions {
  readonly settledAfterMs?: number
}

/**
 * Removes some files of one deleted archive, and its rows once no file is left. Files go before their rows, so that
 * dying in between only repeats a deletion. False when there is nothing to do, or others are at it.
 */
export async function purgeNext(
  { db, targets }: { readonly db: Db; readonly targets: Targets },
  { settledAfterMs = SETTLED_AFTER_MS }: PurgeOptions = {},
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const sourceId = await lockPurged(tx, settledAfterMs)
    if (sourceId === null) return false
    const placed = await selectPlacedFiles(tx, sourceId, BATCH)
    for (const { id, target: name, path } of placed) {
      const target = targets[name]
      if (!target) throw new Error(`target ${name} of deleted source ${sourceId} is not configured`)
      await target.delete(path)
      // A statement after each file: Postgres ends a transaction that is idle for long.
      await deleteFileRow(tx, id)
    }
    if (placed.length < BATCH) await deleteSourceRow(tx, sourceId)
    return true
  })
}
