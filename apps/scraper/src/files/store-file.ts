import type { Db } from '@telegather/db'
import type { StoredContent } from '@telegather/storage'
import { CHUNK_BYTES, download, type FileLocation } from '@telegather/telegram'
import { recordProgress, type RunRow } from '../runs/queries/run-state.ts'
import { freshLocation } from './file-location.ts'
import type { FileRoute } from './file-route.ts'
import { fileFailureOf, type FileFailure } from './file-failure.ts'
import { partKey } from './part-key.ts'
import type { PlannedFile } from './plan-files.ts'

/** After each 8 MiB written to the target, progress is recorded, which resets the run's attempts to 1. */
const PROGRESS_BYTES = 8 * 1024 * 1024

export type FileOutcome =
  | { readonly status: 'written'; readonly content: StoredContent }
  | FileFailure

/**
 * Downloads one file to its target. A file larger than one chunk resumes where an earlier attempt stopped. Errors that
 * concern this file are returned; all others are thrown.
 */
export async function storeFile(
  db: Db,
  run: RunRow,
  route: FileRoute,
  { file, signal }: { readonly file: PlannedFile; readonly signal: AbortSignal },
): Promise<FileOutcome> {
  const { path, size } = file
  const { telegram, target, progress } = route
  const written = { path, owner: String(run.sourceId), size, signal }
  const chunksFrom = (offset: number) =>
    progress.file(
      { ...file, offset },
      download(
        telegram,
        { size, location: file.location as FileLocation },
        { signal, offset, refresh: () => freshLocation(route, file, signal) },
      ),
    )
  try {
    const content =
      size <= CHUNK_BYTES
        ? await target.write(written, chunksFrom(0))
        : await target.resume({ ...written, key: partKey(file) }, (offset) =>
            countingProgress(db, run, chunksFrom(offset)),
          )
    return { status: 'written', content }
  } catch (error) {
    const failure = await fileFailureOf(error, run, route, { file, signal })
    if (failure === null) throw error
    return failure
  }
}

/**
 * Yields the chunks unchanged and records progress. Only new chunks count, because a resumed download begins where the
 * last one stopped: a process that dies repeatedly at the same byte records no progress.
 */
async function* countingProgress(
  db: Db,
  run: RunRow,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let counted = 0
  for await (const chunk of chunks) {
    yield chunk
    counted += chunk.byteLength
    if (counted < PROGRESS_BYTES) continue
    counted = 0
    await recordProgress(db, run, { partOfFile: true })
  }
}
