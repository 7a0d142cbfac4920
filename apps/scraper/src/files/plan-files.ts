import type { Db } from '@telegather/db'
import { writeForRun } from '../runs/write-for-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { skipReason } from './file-filter.ts'
import { fileName } from './file-name.ts'
import type { FileRoute } from './file-route.ts'
import {
  endFloodWaits,
  markFilesPlaced,
  markFilesSkipped,
  recordWaitingFiles,
  type FileToStore,
} from './queries.ts'

export type PlannedFile = FileToStore & {
  /** Path below the target's root. */
  readonly path: string
}

/**
 * Records the files that the source's filter skips, and the path of each other file before it is written. When a process
 * dies between writing and recording a file, removing the archive finds the file by this path. Returns the files to store.
 */
export async function planFiles(
  db: Db,
  run: RunRow,
  { filter, telegram, target, folder }: FileRoute,
  batch: readonly FileToStore[],
): Promise<readonly PlannedFile[]> {
  if (batch.length === 0) return []
  const skipped: { id: number; reason: string }[] = []
  const planned: PlannedFile[] = []
  for (const file of batch) {
    const reason = skipReason(filter, file)
    if (reason === null) planned.push({ ...file, path: pathOf(folder, file) })
    else skipped.push({ id: file.id, reason })
  }
  await writeForRun(db, run, telegram.fence, async (tx) => {
    await markFilesSkipped(tx, skipped)
    await markFilesPlaced(tx, target.name, planned)
    const waited = batch.filter(({ waitsFor }) => waitsFor !== null)
    if (waited.length === 0) return {}
    // A wait for the target ends only when the file is stored.
    await endFloodWaits(
      tx,
      waited.map(({ id }) => id),
    )
    await recordWaitingFiles(tx, run)
    return {}
  })
  return planned
}

function pathOf(folder: string, file: FileToStore): string {
  const year = String(file.messageDate.getUTCFullYear())
  const month = String(file.messageDate.getUTCMonth() + 1).padStart(2, '0')
  return `${folder}/${year}/${month}/${fileName(file.messageId, file)}`
}
