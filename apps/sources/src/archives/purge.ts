import type { Db } from '@telegather/db'
import type { Targets } from '@telegather/storage'
import { deleteFileRow, deleteSourceRow, lockPurged, selectPlacedFiles } from './queries.ts'

const BATCH = 100
/** Grace period after the deletion of a source. A worker that executes its run stops within this time. */
const SETTLED_AFTER_MS = 60_000

export interface PurgeOptions {
  readonly settledAfterMs?: number
}

/**
 * Deletes up to 100 files of one archive marked for purging, and the source's rows after its last file. Each file is
 * deleted before its row, so a crash in between only repeats the deletion. Returns false when no archive is due, or when
 * other processes have locked all due ones. Throws when a file's target is not configured or fails.
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
      // One statement per file keeps the transaction within `idle_in_transaction_session_timeout`.
      await deleteFileRow(tx, id)
    }
    if (placed.length < BATCH) await deleteSourceRow(tx, sourceId)
    return true
  })
}
