import { IncompleteFile, TargetFull } from '@telegather/storage'
import {
  ConnectionLost,
  FileIncomplete,
  FileReferenceExpired,
  FloodWait,
  RpcFailed,
  Timeout,
} from '@telegather/telegram'
import { isLastAttempt, MAX_ATTEMPTS } from '../runs/attempts.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { FileGone, freshLocation } from './file-location.ts'
import type { FileRoute } from './file-route.ts'
import type { FileToStore, Wait } from './queries.ts'

/** Delay before a full target is tried again. */
export const FULL_WAIT_MS = 60_000

/** Delay before a file of an unreachable data centre is tried again. Doubles with every failure, up to the maximum. */
const FIRST_AWAY_WAIT_MS = 30_000
const MAX_AWAY_WAIT_MS = 15 * 60_000

/** An error that concerns one file, and what follows from it. */
export type FileFailure =
  /** Telegram does not have the file, or sends it incomplete. */
  | { readonly status: 'missing'; readonly state: 'failed' | 'gone'; readonly error: string }
  | ({
      readonly status: 'waits'
      /** Milliseconds for which the account may download nothing; null when only this file waits. */
      readonly accountWaitMs: number | null
    } & Wait)
  /** The file is tried again in the run's next attempt. */
  | { readonly status: 'deferred'; readonly error: unknown }

/** Classifies an error of a download; null when it does not concern this file. */
export async function fileFailureOf(
  error: unknown,
  run: RunRow,
  route: FileRoute,
  { file, signal }: { readonly file: FileToStore; readonly signal: AbortSignal },
): Promise<FileFailure | null> {
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
  if ((error instanceof ConnectionLost || error instanceof Timeout) && error.awayDcId !== null)
    return {
      status: 'waits',
      waitsFor: 'telegram',
      reason: `Telegram’s data centre ${error.awayDcId}, which has the file, does not answer`,
      waitMs: awayWaitMs(file),
      accountWaitMs: null,
    }
  const cause = await causeOf(error, route, { file, signal })
  if (isTemporary(cause) && mayRetry(run, file)) return { status: 'deferred', error }
  return missingBecause(cause)
}

/** Twice the file's previous wait for Telegram, within the bounds. */
function awayWaitMs({ waitsFor, waitingSince, resumeAt }: FileToStore): number {
  if (waitsFor !== 'telegram' || waitingSince === null || resumeAt === null)
    return FIRST_AWAY_WAIT_MS
  const doubledMs = 2 * (resumeAt.getTime() - waitingSince.getTime())
  return Math.min(MAX_AWAY_WAIT_MS, Math.max(FIRST_AWAY_WAIT_MS, doubledMs))
}

/** A flood wait as a sentence for users. */
export function floodSentence({ seconds }: FloodWait): string {
  return `Telegram asks to wait ${seconds} seconds`
}

/**
 * The error, or FileGone when the file's message was deleted or edited. Telegram refuses such files with many different
 * errors, so the message is requested again.
 */
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

function missingBecause(error: unknown): FileFailure | null {
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

/** True for Telegram's internal errors, and for file references that expire as soon as they are issued. */
function isTemporary(error: unknown): boolean {
  if (error instanceof FileReferenceExpired) return error.reason === null
  return error instanceof RpcFailed && error.isInternal
}

/**
 * False in the last attempt of the run or of the file, and for files that failed before: these are recorded as failed, so
 * that the run ends. New posts reset the attempts of the run, not those of the file.
 */
function mayRetry(run: RunRow, { state, attempts }: FileToStore): boolean {
  return state !== 'failed' && attempts + 1 < MAX_ATTEMPTS && !isLastAttempt(run)
}
