import type { Db } from '@telegather/db'
import { writeForRun } from '../runs/write-for-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { leftOutBecause } from './file-filter.ts'
import { fileName } from './file-name.ts'
import type { FileRoute } from './file-route.ts'
import {
  endFloodWaits,
  markFilesPlaced,
  markFilesSkipped,
  showWaitingFiles,
  type FileToStore,
} from './queries.ts'

export type PlannedFile = FileToStore & {
  /** Below its target's root. */
  readonly path: string
}

/**
 * Records which files the source's filter leaves out, and the path of each of the others before it is written: removing
 * an archive then finds also the files of a process that died before it recorded them as stored. Answers these others.
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
    const reason = leftOutBecause(filter, file)
    if (reason === null) planned.push({ ...file, path: pathOf(folder, file) })
    else skipped.push({ id: file.id, reason })
  }
  await writeForRun(db, run, telegram.fence, async (tx) => {
    await markFilesSkipped(tx, skipped)
    await markFilesPlaced(tx, target.name, planned)
    const waited = batch.filter(({ waitsFor }) => waitsFor !== null)
    if (waited.length === 0) return {}
    // A wait for the target goes on unless the file is stored now.
    await endFloodWaits(
      tx,
      waited.map(({ id }) => id),
    )
    await showWaitingFiles(tx, run)
    return {}
  })
  return planned
}

function pathOf(folder: string, file: FileToStore): string {
  const year = String(file.messageDate.getUTCFullYear())
  const month = String(file.messageDate.getUTCMonth() + 1).padStart(2, '0')
  return `${folder}/${year}/${month}/${fileName(file.messageId, file)}`
}
