import { logRun, type Db } from '@telegather/db'
import { IncompleteFile, type Target } from '@telegather/storage'
import {
  download,
  FileIncomplete,
  FileReferenceExpired,
  RpcFailed,
  type ChannelRef,
  type FileLocation,
  type OpenedSession,
} from '@telegather/telegram'
import { inRun } from '../runs/in-run.ts'
import type { Progress } from '../runs/progress.ts'
import { isLastTry } from '../runs/attempts.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { findSource } from '../runs/queries/source-columns.ts'
import { fileLine } from '../runs/run-lines.ts'
import { RunLost } from '../runs/run-lost.ts'
import { leftOutBecause, type FileFilter } from './file-filter.ts'
import { fileName } from './file-name.ts'
import {
  isFileStored,
  markFileMissing,
  markFilesPlaced,
  markFilesSkipped,
  markFileStored,
  selectFilesToStore,
  type FileToStore,
} from './queries.ts'
import { shareContent } from './share-content.ts'

const BATCH = 100
const PARALLEL_FILES = 3

/** Below its target's root. */
type FileWithPath = FileToStore & { readonly path: string }

/** Where a source's files come from and go to. */
export interface FileRoute {
  readonly telegram: OpenedSession
  readonly channel: ChannelRef
  readonly target: Target
  /** Below the target's root. */
  readonly folder: string
  readonly filter: FileFilter
  readonly progress: Progress
}

/**
 * Downloads what is missing of the messages after `afterMessageId`, three files at a time. A file that
 * Telegram no longer has is recorded, one that it sends wrongly, or not in any try of the run, is counted as well; any
 * other trouble ends the run's try.
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
    const wanted = await sortOut(db, run, route, batch)
    await eachInParallel(wanted, range.signal, (file, signal) =>
      storeOne(db, run, route, { file, signal }),
    )
    afterMessageId = last.messageId
  }
}

/**
 * Records which files the source's filter leaves out, and of the others where they are about to be stored: so they are
 * found when the archive is removed, whoever died with a file in place and not recorded. Answers these others.
 */
async function sortOut(
  db: Db,
  run: RunRow,
  { filter, telegram, target, folder }: FileRoute,
  batch: readonly FileToStore[],
): Promise<readonly FileWithPath[]> {
  const skipped: { id: number; reason: string }[] = []
  const wanted: FileWithPath[] = []
  for (const file of batch) {
    const reason = leftOutBecause(filter, file)
    if (reason === null) wanted.push({ ...file, path: pathOf(folder, file) })
    else skipped.push({ id: file.id, reason })
  }
  await inRun(db, run, telegram.fence, async (tx) => {
    await markFilesSkipped(tx, skipped)
    await markFilesPlaced(tx, target.name, wanted)
    return {}
  })
  return wanted
}

/** The first failure stops the others and is thrown once all have stopped. */
async function eachInParallel<T>(
  items: readonly T[],
  signal: AbortSignal,
  handle: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const stop = new AbortController()
  const combined = AbortSignal.any([signal, stop.signal])
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      combined.throwIfAborted()
      await handle(item, combined)
    }
  }
  const lanes = Array.from({ length: PARALLEL_FILES }, async () => {
    try {
      await lane()
    } catch (error) {
      if (!stop.signal.aborted) stop.abort(error)
    }
  })
  await Promise.all(lanes)
  if (stop.signal.aborted) throw stop.signal.reason
}

async function storeOne(
  db: Db,
  run: RunRow,
  route: FileRoute,
  { file, signal }: { file: FileWithPath; signal: AbortSignal },
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
    const cause = await causeOf(error, route, { file, signal })
    const missing = missingBecause(cause)
    if (missing === null || (isPassing(cause) && mayTryAgain(run, file))) throw error
    await inRun(db, run, route.telegram.fence, async (tx) => {
      await markFileMissing(tx, file, missing)
      await logRun(tx, run.id, fileLine(file.messageId, missing))
      return { failedFiles: missing.state === 'failed' ? 1 : 0 }
    })
  }
}

/** What came into place when its source was deleted already belongs to no archive. */
async function removeOrphan(db: Db, target: Target, file: FileWithPath): Promise<void> {
  const isOrphan =
    (await findSource(db, file.sourceId)) === null && !(await isFileStored(db, file.id))
  if (isOrphan) await target.delete(file.path)
}

/** The file of a message that was deleted or edited meanwhile is refused in many words: FileGone stands for all of them. */
async function causeOf(
  error: unknown,
  route: FileRoute,
  { file, signal }: { file: FileToStore; signal: AbortSignal },
): Promise<unknown> {
  if (!(error instanceof RpcFailed)) return error
  try {
    await freshLocation(route, file, signal)
    return error
  } catch (failure) {
    return failure instanceof FileGone ? failure : error
  }
}

/** What is wrong with the file itself, or null when the error is about something else. */
function missingBecause(error: unknown): { state: 'failed' | 'gone'; error: string } | null {
  if (error instanceof FileGone) return { state: 'gone', error: error.message }
  if (
    error instanceof FileIncomplete ||
    error instanceof IncompleteFile ||
    error instanceof FileReferenceExpired ||
    error instanceof RpcFailed
  )
    return { state: 'failed', error: error.message }
  return null
}

/** Trouble inside Telegram, and references that are refused as soon as they are given out. */
function isPassing(error: unknown): boolean {
  return error instanceof RpcFailed ? error.isInternal : error instanceof FileReferenceExpired
}

/** A file that Telegram cannot read for long must not keep the rest of its source from being stored. */
function mayTryAgain(run: RunRow, file: FileToStore): boolean {
  return file.attempts === 0 && !isLastTry(run)
}

class FileGone extends Error {
  override readonly name = 'FileGone'
}

async function freshLocation(
  route: FileRoute,
  file: FileToStore,
  signal: AbortSignal,
): Promise<FileLocation> {
  const ids = [file.messageId]
  const [message] = await route.telegram.messagesById(route.channel, ids, { signal })
  if (!message?.media) throw new FileGone('The message has been deleted, and its file with it')
  const { location } = message.media
  if (location.id !== (file.location as FileLocation).id)
    throw new FileGone('The message has another file by now')
  return location
}

function pathOf(folder: string, file: FileToStore): string {
  const year = String(file.messageDate.getUTCFullYear())
  const month = String(file.messageDate.getUTCMonth() + 1).padStart(2, '0')
  return `${folder}/${year}/${month}/${fileName(file.messageId, file)}`
}
