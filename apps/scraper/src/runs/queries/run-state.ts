import { EXECUTED_RUN_STATES, type RunState } from '@telegather/contracts'
import { lockRun, runs, type DbOrTx, type Tx } from '@telegather/db'
import { and, eq, inArray, sql } from 'drizzle-orm'

export type RunRow = typeof runs.$inferSelect

/** The numbers that a step of a run adds to its counters. */
export interface Added {
  readonly messages?: number
  readonly files?: number
  readonly failedFiles?: number
  readonly bytes?: number
  /** A part of a large file was stored. */
  readonly partOfFile?: boolean
}

/**
 * Sends the run's heartbeat and adds to its counters; a stored message, file or part resets its attempts to 1. Returns
 * false when this worker no longer has the run: it was taken over, cancelled, or deleted with its source.
 */
export async function recordProgress(db: DbOrTx, run: RunRow, added: Added = {}): Promise<boolean> {
  const rows = await db
    .update(runs)
    .set({
      heartbeatAt: sql`now()`,
      ...(added.messages || added.files || added.partOfFile ? { attempt: 1 } : {}),
      messagesStored: sql`${runs.messagesStored} + ${added.messages ?? 0}`,
      filesStored: sql`${runs.filesStored} + ${added.files ?? 0}`,
      filesFailed: sql`${runs.filesFailed} + ${added.failedFiles ?? 0}`,
      bytesStored: sql`${runs.bytesStored} + ${added.bytes ?? 0}`,
    })
    .where(ownRun(run))
    .returning({ id: runs.id })
  return rows.length > 0
}

/** Locks the run's row and returns it; null when another worker has the run. */
export async function lockOwnRun(tx: Tx, run: RunRow): Promise<RunRow | null> {
  return lockRun(tx, executedBy(run))
}

/** Saves the outcome of an attempt and releases the run from its worker. False when another worker has the run. */
export async function saveOutcome(
  tx: Tx,
  run: RunRow,
  next: {
    state: RunState
    error?: string
    resumeAfterMs?: number
    finished: boolean
    filesFailed: number
  },
): Promise<boolean> {
  const rows = await tx
    .update(runs)
    .set({
      state: next.state,
      error: next.error ?? null,
      filesFailed: next.filesFailed,
      workerId: null,
      resumeAt:
        next.resumeAfterMs === undefined
          ? null
          : sql`now() + ${next.resumeAfterMs} * interval '1 millisecond'`,
      finishedAt: next.finished ? sql`now()` : null,
    })
    .where(executedBy(run))
    .returning({ id: runs.id })
  return rows.length > 0
}

/** The condition that this worker executes the run, which may be RUNNING or CANCELLING. */
function executedBy(run: RunRow) {
  return and(
    eq(runs.id, run.id),
    inArray(runs.state, [...EXECUTED_RUN_STATES]),
    eq(runs.workerId, run.workerId ?? ''),
  )
}

/** The condition that this worker executes the run and that it is not being cancelled. */
function ownRun(run: RunRow) {
  return and(eq(runs.id, run.id), eq(runs.state, 'RUNNING'), eq(runs.workerId, run.workerId ?? ''))
}
