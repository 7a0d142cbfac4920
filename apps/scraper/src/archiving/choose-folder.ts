import type { Db } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import type { Target } from '@telegather/storage'
import { safeName } from '../files/file-name.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { findFolderInUse, saveFolder, type SourceRow } from '../runs/queries/source-columns.ts'
import { writeForRun } from '../runs/write-for-run.ts'

/**
 * The folder of a source's files below the target's root. Its name is made from the source's name once and then saved:
 * renaming the source moves no files. A source without a saved folder uses the folder of its stored files. When the
 * source was moved to another target or path after `source` was read, nothing is saved: this run uses the folder, and
 * the next run chooses again.
 */
export async function chooseFolder(
  db: Db,
  run: RunRow,
  { source, target, fence }: { source: SourceRow; target: Target; fence: OpenedSession['fence'] },
): Promise<string> {
  if (source.folder !== null) return source.folder
  const parent = target.folder(source.targetPath ?? '')
  const below = (name: string) => (parent === '' ? name : `${parent}/${name}`)
  let folder = below(`${source.id}_${safeName(source.name, 100)}`)
  await writeForRun(db, run, fence, async (tx) => {
    folder = (await findFolderInUse(tx, source, below(`${source.id}_`))) ?? folder
    await saveFolder(tx, source, folder)
    return {}
  })
  return folder
}
