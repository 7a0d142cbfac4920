import type { RunState } from '@telegather/contracts'
import { logRun, ownerOf, type Db, type Tx } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { BadPath, TargetFull, TargetUnavailable } from '@telegather/storage'
import {
  BotRefused,
  SessionNotActive,
  SessionNotFound,
  selectSessionsForPublic,
  SessionUnavailable,
} from '@telegather/sessions'
import { FloodWait, PeerNotFound, TelegramError } from '@telegather/telegram'
import { FULL_WAIT_MS, floodSentence } from '../files/file-trouble.ts'
import { FilesWaiting } from '../files/files-waiting.ts'
import { countFailedFiles, showWaitingFiles } from '../files/queries.ts'
import { isLastAttempt, type Outcome } from '../runs/attempts.ts'
import { lockOwnRun, saveOutcome, type RunRow } from '../runs/queries/run-state.ts'
import { findSource, type SourceRow } from '../runs/queries/source-columns.ts'
import { outcomeLine } from '../runs/run-lines.ts'
import { RunImpossible, RunLost } from '../runs/errors.ts'

const FIRST_RETRY_MS = 5_000
/** A run whose files wait for longer looks for new posts meanwhile. */
const MAX_FILES_WAIT_MS = 15 * 60_000

/** How an attempt ends that failed, or was complete; null when the run is another worker's by now. */
function outcomeOf(
  failure: { readonly error: unknown } | null,
  run: { readonly attempt: number; readonly stopping: boolean },
): Outcome | null {
  if (failure === null) return { state: 'COMPLETED', finished: true }
  const { error } = failure
  if (error instanceof RunLost) return null
  if (run.stopping) return { state: 'PENDING', finished: false }
  if (error instanceof FloodWait)
    return {
      state: 'WAITING',
      finished: false,
      error: floodSentence(error),
      resumeAfterMs: error.seconds * 1000,
    }
  if (error instanceof FilesWaiting)
    return {
      state: 'WAITING',
      finished: false,
      error: error.message,
      resumeAfterMs: Math.min(error.waitMs, MAX_FILES_WAIT_MS),
    }
  if (error instanceof SessionUnavailable)
    return {
      state: 'WAITING',
      finished: false,
      error: 'The process that had the session has ended; waiting until it is safe to go on',
      resumeAfterMs: error.retryAfterSeconds * 1000,
    }
  if (error instanceof TargetFull)
    return {
      state: 'WAITING',
      finished: false,
      error: error.message,
      resumeAfterMs: FULL_WAIT_MS,
    }
  const detail = error instanceof Error ? sentenceFor(error) : 'An unexpected error'
  if (isFinal(error) || isLastAttempt(run))
    return { state: 'FAILED', finished: true, error: detail }
  return {
    state: 'RETRYING',
    finished: false,
    error: detail,
    resumeAfterMs: FIRST_RETRY_MS * 2 ** (run.attempt - 1),
  }
}

/**
 * Commits the end of an attempt: the run's state, its log line and, where the run has ended, the event. Returns the new
 * state, or null when the run is another worker's by now.
 */
export async function finishAttempt(
  db: Db,
  run: RunRow,
  attempt: { readonly failure: { readonly error: unknown } | null; readonly stopping: boolean },
): Promise<RunState | null> {
  return db.transaction(async (tx) => {
    const now = await lockOwnRun(tx, run)
    if (now === null) return null
    const outcome: Outcome | null =
      now.state === 'CANCELLING'
        ? { state: 'CANCELLED', finished: true }
        : ((await withAnotherSession(tx, run, attempt)) ??
          outcomeOf(attempt.failure, { ...attempt, attempt: now.attempt }))
    if (outcome === null) return null
    const resumeAfterMs = await resumeOf(tx, run, outcome, attempt.failure?.error)
    // Each attempt retries files that failed before, so failures are counted at the end: one for each file still missing.
    const failed =
      outcome.state === 'COMPLETED' ? await countFailedFiles(tx, run.sourceId) : now.filesFailed
    if (!(await saveOutcome(tx, run, { ...outcome, ...resumeAfterMs, filesFailed: failed })))
      return null
    await showWaitingFiles(tx, run)
    await logRun(tx, run.id, outcomeLine({ ...now, filesFailed: failed }, outcome))
    const { state, finished } = outcome
    if (finished)
      await enqueue(tx, 'run.finished', { runId: run.id, sourceId: run.sourceId, state })
    return state
  })
}

/**
 * A run whose session was paused, lost or deleted resumes with another session that may read its source: the one that the
 * source has now, or any that reads public channels for its owner. This costs no attempt. Null when there is none, and for
 * other errors.
 */
async function withAnotherSession(
  tx: Tx,
  run: RunRow,
  {
    failure,
    stopping,
  }: { readonly failure: { readonly error: unknown } | null; stopping: boolean },
): Promise<Outcome | null> {
  if (failure === null || stopping || !isSessionGone(failure.error)) return null
  const source = await findSource(tx, run.sourceId)
  if (source === null) return null
  const waitMs = await millisecondsToAnotherSession(tx, run, source)
  if (waitMs === null) return null
  return {
    state: 'WAITING',
    finished: false,
    error: `${failure.error.message}; the run goes on with another session`,
    resumeAfterMs: waitMs,
  }
}

async function millisecondsToAnotherSession(
  tx: Tx,
  run: RunRow,
  source: SourceRow,
): Promise<number | null> {
  if (source.sessionId !== null) return source.sessionId === run.sessionId ? null : 0
  if (source.accessLevel !== 'public') return null
  const sessions = await selectSessionsForPublic(tx, ownerOf(source))
  return sessions.find(({ id }) => id !== run.sessionId)?.waitMs ?? null
}

/**
 * When a run resumes after a flood wait: earlier than asked, where its source has no session of its own and another
 * session may read it. Empty for other outcomes.
 */
async function resumeOf(
  tx: Tx,
  run: RunRow,
  outcome: Outcome,
  error: unknown,
): Promise<{ resumeAfterMs?: number }> {
  if (outcome.state !== 'WAITING' || !(error instanceof FloodWait)) return {}
  const source = await findSource(tx, run.sourceId)
  if (source?.sessionId !== null || source.accessLevel !== 'public') return {}
  const sessions = await selectSessionsForPublic(tx, ownerOf(source))
  // Its own session would be the first again where the wait is not its account's.
  if (sessions.some(({ id, waitMs }) => id === run.sessionId && waitMs === 0)) return {}
  const waits = sessions.map(({ waitMs }) => waitMs)
  return { resumeAfterMs: Math.min(outcome.resumeAfterMs, ...waits) }
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof RunImpossible ||
    error instanceof BotRefused ||
    error instanceof BadPath ||
    error instanceof PeerNotFound ||
    isSessionGone(error)
  )
}

/** The session cannot be used any more; another one may. */
function isSessionGone(error: unknown): error is SessionNotFound | SessionNotActive {
  return error instanceof SessionNotFound || error instanceof SessionNotActive
}

/** The messages of these errors are written for users. Of any other, users see one sentence; the log has the details. */
function sentenceFor(error: Error): string {
  if (error instanceof PeerNotFound)
    return 'Telegram knows no such channel, or the account cannot see it'
  if (error instanceof RunImpossible || error instanceof TelegramError) return error.message
  if (error instanceof TargetUnavailable || error instanceof BadPath) return error.message
  return 'An unexpected error; the log has the details'
}
