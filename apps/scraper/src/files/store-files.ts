import type { Db } from '@telegather/db'
import type { RunRow } from '../runs/queries/run-state.ts'
import type { FileRoute } from './file-route.ts'
import { eachInParallel } from './parallel.ts'
import { planFiles } from './plan-files.ts'
import { selectFilesToStore } from './queries.ts'
import { storeFile } from './store-file.ts'

const BATCH = 100
const PARALLEL_FILES = 3

/**
 * Downloads the files of the messages after `afterMessageId` that are not stored yet, three at a time. Trouble of a
 * single file is recorded; other trouble ends the run's try.
 */
export async function storeFiles(
  db: Db,
  run: RunRow,
  route: FileRoute,
  range: { afterMessageId: number; signal: AbortSignal },
): Promise<void> {
  let afterMessageId = range.afterMessageId
  for (;;) {
    const batch = await selectFilesToStore(db, {
      sourceId: run.sourceId,
      afterMessageId,
      limit: BATCH,
    })
    const last = batch.at(-1)
    if (!last) return
    const planned = await planFiles(db, run, route, batch)
    await eachInParallel(planned, { lanes: PARALLEL_FILES, signal: range.signal }, (file, signal) =>
      storeFile(db, run, route, { file, signal }),
    )
    afterMessageId = last.messageId
  }
}
