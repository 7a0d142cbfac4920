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
import { FULL_WAIT_MS, floodSentence } from '../files/file-failure.ts'
import { FilesWaiting } from '../files/files-waiting.ts'
import { countFailedFiles, recordWaitingFiles } from '../files/queries.ts'
import { isLastAttempt, type Outcome } from '../runs/attempts.ts'
import { lockOwnRun, saveOutcome, type RunRow } from '../runs/queries/run-state.ts'
import { findSource, type SourceRow } from '../runs/queries/source-columns.ts'
import { outcomeLine } from '../runs/run-lines.ts'
import { RunImpossible, RunLost } from '../runs/errors.ts'

const FIRST_RETRY_MS = 5_000
/** A run whose files wait longer than this resumes earlier, to read new posts. */
const MAX_FILES_WAIT_MS = 15 * 60_000

/** The outcome of an attempt; `failure` is null for a complete one. Returns null when another worker has the run. */
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
      error:
        'The process that used the session has ended; the run resumes when its lease has expired',
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
 * Commits the end of an attempt in one transaction: the run's state, its log line and, where the run is finished, the
 * event `run.finished`. Returns the new state, or null when another worker has the run.
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
    // Each attempt retries failed files. So the counter is replaced at the end by the number of files still failed.
    const failed =
      outcome.state === 'COMPLETED' ? await countFailedFiles(tx, run.sourceId) : now.filesFailed
    if (!(await saveOutcome(tx, run, { ...outcome, ...resumeAfterMs, filesFailed: failed })))
      return null
    await recordWaitingFiles(tx, run)
    await logRun(tx, run.id, outcomeLine({ ...now, filesFailed: failed }, outcome))
    const { state, finished } = outcome
    if (finished)
      await enqueue(tx, 'run.finished', { runId: run.id, sourceId: run.sourceId, state })
    return state
  })
}

/**
 * The outcome of a run whose session was paused, logged out or deleted, when another session may read its source: the
 * session that the source has now, or any that reads public channels for its owner. The run resumes with it, and uses up
 * no attempt. Null when there is no such session, and for other errors.
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
    error: `${failure.error.message}; the run resumes with another session`,
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
 * After a flood wait, a public source without a session of its own resumes as soon as another session may read it, which
 * may be before the flood wait ends. Empty for other outcomes.
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
  // A wait of the channel, not of the account, leaves the run's session ready: the next claim would choose it again.
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

/** The session cannot be used any more. Another session may read the source. */
function isSessionGone(error: unknown): error is SessionNotFound | SessionNotActive {
  return error instanceof SessionNotFound || error instanceof SessionNotActive
}

/** The messages of these errors are written for users. Other errors show one fixed sentence; the log has the details. */
function sentenceFor(error: Error): string {
  if (error instanceof PeerNotFound)
    return 'Telegram knows no such channel, or the account cannot see it'
  if (error instanceof RunImpossible || error instanceof TelegramError) return error.message
  if (error instanceof TargetUnavailable || error instanceof BadPath) return error.message
  return 'An unexpected error; the log has the details'
}
