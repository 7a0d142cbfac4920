import { IncompleteFile } from '@telegather/storage'
import { FileIncomplete, FileReferenceExpired, RpcFailed } from '@telegather/telegram'
import { isLastTry } from '../runs/attempts.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { FileGone, freshLocation } from './file-location.ts'
import type { FileRoute } from './file-route.ts'
import type { FileToStore } from './queries.ts'

/** Why a file cannot be stored. */
export interface Missing {
  readonly state: 'failed' | 'gone'
  /** A sentence for people. */
  readonly error: string
}

/** What `error` says about the file itself. Null when the run's try ends with it instead. */
export async function troubleOf(
  error: unknown,
  run: RunRow,
  route: FileRoute,
  { file, signal }: { readonly file: FileToStore; readonly signal: AbortSignal },
): Promise<Missing | null> {
  const cause = await causeOf(error, route, { file, signal })
  if (isPassing(cause) && mayTryAgain(run, file)) return null
  return missingBecause(cause)
}

/** Telegram refuses the file of a deleted or edited message with many different errors: FileGone replaces them all. */
async function causeOf(
  error: unknown,
  route: FileRoute,
  { file, signal }: { readonly file: FileToStore; readonly signal: AbortSignal },
): Promise<unknown> {
  if (!(error instanceof RpcFailed)) return error
  try {
    await freshLocation(route, file, signal)
    return error
  } catch (failure) {
    return failure instanceof FileGone ? failure : error
  }
}

function missingBecause(error: unknown): Missing | null {
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

/** Telegram's internal errors, and references that are refused as soon as they are given out. */
function isPassing(error: unknown): boolean {
  return error instanceof RpcFailed ? error.isInternal : error instanceof FileReferenceExpired
}

/** A file that fails in every try of a run is recorded as failed, so that the run can go on without it. */
function mayTryAgain(run: RunRow, file: FileToStore): boolean {
  return file.attempts === 0 && !isLastTry(run)
}
