import { logRun, type Db } from '@telegather/db'
import type { StoredContent, Target } from '@telegather/storage'
import { writeForRun } from '../runs/write-for-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { findSource } from '../runs/queries/source-columns.ts'
import { fileLine, waitLine } from '../runs/run-lines.ts'
import { RunLost } from '../runs/errors.ts'
import type { FileRoute } from './file-route.ts'
import type { FileFailure } from './file-failure.ts'
import type { PlannedFile } from './plan-files.ts'
import {
  countFileAttempt,
  isFileStored,
  markFileMissing,
  markFilesStored,
  markFileWaiting,
  recordWaitingFiles,
} from './queries.ts'
import { shareContents } from './share-content.ts'

/** Files recorded in one transaction. Each may need a link on its target while the source's row is locked. */
const MAX_FILES = 32

interface Written {
  readonly file: PlannedFile
  readonly content: StoredContent
  readonly recorded: PromiseWithResolvers<void>
}

/**
 * Records a run's written files. Files written while a transaction is being committed are recorded together in the next
 * one, up to 32: many small files cause few locks of their source's row.
 */
export class FileRecorder {
  readonly #db: Db
  readonly #run: RunRow
  readonly #route: FileRoute
  #waiting: Written[] = []
  #isRecording = false

  constructor(db: Db, run: RunRow, route: FileRoute) {
    this.#db = db
    this.#run = run
    this.#route = route
  }

  /** The number of files that wait to be recorded. */
  get size(): number {
    return this.#waiting.length
  }

  /** Resolves when the file is committed as stored. Throws RunLost; the caller then removes the file of a deleted source. */
  async record(file: PlannedFile, content: StoredContent): Promise<void> {
    const recorded = Promise.withResolvers<void>()
    this.#waiting.push({ file, content, recorded })
    if (!this.#isRecording) void this.#recordAll()
    await recorded.promise
  }

  async #recordAll(): Promise<void> {
    this.#isRecording = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_FILES)
      try {
        const replaced = await this.#recordBatch(batch)
        // A slow or failed removal must not delay or reject the committed files.
        for (const { file, recorded } of batch) if (!replaced.has(file.id)) recorded.resolve()
        for (const { file, recorded } of batch) {
          if (replaced.has(file.id)) await this.#removeReplaced(file)
          recorded.resolve()
        }
      } catch (error) {
        for (const { recorded } of batch) recorded.reject(error)
      }
    }
    this.#isRecording = false
  }

  /** Commits the files as stored. Returns the ids of the files that an edit replaced during their download. */
  async #recordBatch(batch: readonly Written[]): Promise<ReadonlySet<number>> {
    const { target, telegram } = this.#route
    const run = this.#run
    const written = batch.map(({ file: { id, path }, content }) => ({
      id,
      path,
      target: target.name,
      ...content,
    }))
    let replaced: ReadonlySet<number> = new Set()
    await writeForRun(this.#db, run, telegram.fence, async (tx) => {
      await shareContents(tx, target, { written, owner: String(run.sourceId) })
      const stored = await markFilesStored(tx, run.sourceId, written)
      if (batch.some(({ file }) => file.waitsFor !== null)) await recordWaitingFiles(tx, run)
      const added = written.filter(({ id }) => stored.has(id))
      replaced = new Set(written.map(({ id }) => id).filter((id) => !stored.has(id)))
      return { files: added.length, bytes: added.reduce((sum, { size }) => sum + size, 0) }
    })
    return replaced
  }

  /** Removes a replaced file. A failure adds a line to the run's log: removing the archive finds the file by its path. */
  async #removeReplaced(file: PlannedFile): Promise<void> {
    try {
      await removeUnlessStored(this.#db, this.#route.target, file)
    } catch {
      const error =
        'an edit replaced it, and the downloaded bytes could not be removed from the target'
      const line = fileLine(file.messageId, { error })
      await this.#db.transaction((tx) => logRun(tx, this.#run.id, line))
    }
  }
}

/** Records that a file is missing or waits, with a line in the run's log. Of a deferred file, only counts the attempt. */
export async function recordFailure(
  db: Db,
  run: RunRow,
  { telegram }: FileRoute,
  { file, failure }: { readonly file: PlannedFile; readonly failure: FileFailure },
): Promise<void> {
  await writeForRun(db, run, telegram.fence, async (tx) => {
    if (failure.status === 'deferred') {
      await countFileAttempt(tx, file.id)
      return {}
    }
    if (failure.status === 'missing') {
      const { state, error } = failure
      await markFileMissing(tx, file, { state, error })
      await logRun(tx, run.id, fileLine(file.messageId, failure))
      if (file.waitsFor !== null) await recordWaitingFiles(tx, run)
      return { failedFiles: state === 'failed' ? 1 : 0 }
    }
    const isNew = await markFileWaiting(tx, file.id, failure)
    if (isNew) await logRun(tx, run.id, waitLine(file, failure))
    await recordWaitingFiles(tx, run)
    return {}
  })
}

/** Removes a file that was written after its source had been deleted. Does nothing for errors other than RunLost. */
export async function removeOrphan(
  db: Db,
  target: Target,
  file: PlannedFile,
  error: unknown,
): Promise<void> {
  if (!(error instanceof RunLost)) return
  const isDeleted = (await findSource(db, file.sourceId)) === null
  if (isDeleted) await removeUnlessStored(db, target, file)
}

async function removeUnlessStored(
  db: Db,
  target: Target,
  file: { readonly id: number; readonly path: string },
): Promise<void> {
  if (!(await isFileStored(db, file.id))) await target.delete(file.path)
}
