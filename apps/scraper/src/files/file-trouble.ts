import { IncompleteFile, TargetFull } from '@telegather/storage'
import { FileIncomplete, FileReferenceExpired, FloodWait, RpcFailed } from '@telegather/telegram'
import { isLastAttempt } from '../runs/attempts.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { FileGone, freshLocation } from './file-location.ts'
import type { FileRoute } from './file-route.ts'
import type { FileToStore, Wait } from './queries.ts'

/** When it is looked again whether the target has room. */
export const FULL_WAIT_MS = 60_000

/** Why a file is not stored now, where the reason concerns this file. */
export type FileTrouble =
  /** Telegram does not have it or does not send it as it should. */
  | { readonly status: 'missing'; readonly state: 'failed' | 'gone'; readonly error: string }
  | ({
      readonly status: 'waits'
      /** Until when the account may download nothing; null where only this file waits. */
      readonly accountWaitMs: number | null
    } & Wait)
  /** It may succeed in the run's next try. */
  | { readonly status: 'deferred'; readonly error: unknown }

/** What `error` says about the file itself; null where it is about something else. */
export async function troubleOf(
  error: unknown,
  run: RunRow,
  route: FileRoute,
  { file, signal }: { readonly file: FileToStore; readonly signal: AbortSignal },
): Promise<FileTrouble | null> {
  if (error instanceof FloodWait) {
    const waitMs = error.seconds * 1000
    const accountWaitMs = error.ofAccount ? waitMs : null
    return {
      status: 'waits',
      waitsFor: 'telegram',
      reason: floodSentence(error),
      waitMs,
      accountWaitMs,
    }
  }
  if (error instanceof TargetFull)
    return {
      status: 'waits',
      waitsFor: 'target',
      reason: error.message,
      waitMs: FULL_WAIT_MS,
      accountWaitMs: null,
    }
  const cause = await causeOf(error, route, { file, signal })
  if (isPassing(cause) && mayTryAgain(run, file)) return { status: 'deferred', error }
  return missingBecause(cause)
}

/** For people. */
export function floodSentence({ seconds }: FloodWait): string {
  return `Telegram asks to wait ${seconds} seconds`
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

function missingBecause(error: unknown): FileTrouble | null {
  if (error instanceof FileGone) return { status: 'missing', state: 'gone', error: error.message }
  if (
    error instanceof FileIncomplete ||
    error instanceof IncompleteFile ||
    error instanceof FileReferenceExpired ||
    error instanceof RpcFailed
  )
    return { status: 'missing', state: 'failed', error: error.message }
  return null
}

/** Telegram's internal errors, and file references that have expired as soon as they are given out. */
function isPassing(error: unknown): boolean {
  if (error instanceof FileReferenceExpired) return error.reason === null
  return error instanceof RpcFailed && error.isInternal
}

/** A file that fails in every try of a run is recorded as failed, so that the run can end without it. */
function mayTryAgain(run: RunRow, file: FileToStore): boolean {
  return file.attempts === 0 && !isLastAttempt(run)
}
