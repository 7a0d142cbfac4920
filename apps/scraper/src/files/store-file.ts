import { logRun, type Db } from '@telegather/db'
import type { Target } from '@telegather/storage'
import { download, type FileLocation } from '@telegather/telegram'
import { inRun } from '../runs/in-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { findSource } from '../runs/queries/source-columns.ts'
import { fileLine } from '../runs/run-lines.ts'
import { RunLost } from '../runs/run-lost.ts'
import { freshLocation } from './file-location.ts'
import type { FileRoute } from './file-route.ts'
import { troubleOf } from './file-trouble.ts'
import type { PlannedFile } from './plan-files.ts'
import { isFileStored, markFileMissing, markFileStored, type FileToStore } from './queries.ts'
import { shareContent } from './share-content.ts'

/**
 * Downloads one file to its target and records it. A file that Telegram no longer has, or does not send as it should, is
 * recorded as such; other trouble is thrown.
 */
export async function storeFile(
  db: Db,
  run: RunRow,
  route: FileRoute,
  { file, signal }: { readonly file: PlannedFile; readonly signal: AbortSignal },
): Promise<void> {
  const { path } = file
  const owner = String(run.sourceId)
  try {
    const chunks = download(
      route.telegram,
      { size: file.size, location: file.location as FileLocation },
      { signal, refresh: () => freshLocation(route, file, signal) },
    )
    const { target } = route
    const content = await target.write(
      { path, owner, size: file.size, signal },
      route.progress.file(file, chunks),
    )
    const stored = { target: target.name, path, ...content }
    await inRun(db, run, route.telegram.fence, async (tx) => {
      await shareContent(tx, target, { ...stored, owner })
      const added = await markFileStored(tx, file, stored)
      return added ? { files: 1, bytes: stored.size } : {}
    })
  } catch (error) {
    if (error instanceof RunLost) await removeOrphan(db, route.target, file)
    const missing = await troubleOf(error, run, route, { file, signal })
    if (missing === null) throw error
    await inRun(db, run, route.telegram.fence, async (tx) => {
      await markFileMissing(tx, file, missing)
      await logRun(tx, run.id, fileLine(file.messageId, missing))
      return { failedFiles: missing.state === 'failed' ? 1 : 0 }
    })
  }
}

/** A file that was written after its source had been deleted belongs to no archive. */
async function removeOrphan(
  db: Db,
  target: Target,
  file: FileToStore & { readonly path: string },
): Promise<void> {
  const isOrphan =
    (await findSource(db, file.sourceId)) === null && !(await isFileStored(db, file.id))
  if (isOrphan) await target.delete(file.path)
}
