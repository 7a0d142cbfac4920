import { EXECUTED_RUN_STATES, type RunState } from '@telegather/contracts'
import { lockRun, runs, type DbOrTx, type Tx } from '@telegather/db'
import { and, eq, inArray, sql } from 'drizzle-orm'

export type RunRow = typeof runs.$inferSelect

/** What a step of a run adds to its counters. */
export interface Added {
  readonly messages?: number
  readonly files?: number
  readonly failedFiles?: number
  readonly bytes?: number
  /** A large file got further. */
  readonly partOfFile?: boolean
}

/** False when the run is no longer this worker's: it was taken over, cancelled, or deleted with its source. */
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

/** The run as it is now; null when it is no longer this worker's. Locks it. */
export async function lockOwnRun(tx: Tx, run: RunRow): Promise<RunRow | null> {
  return lockRun(tx, executedBy(run))
}

/** Moves the run on from being executed. False when it is no longer this worker's. */
export async function leaveRun(
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

/** It is this worker's, be it to go on or to end. */
function executedBy(run: RunRow) {
  return and(
    eq(runs.id, run.id),
    inArray(runs.state, [...EXECUTED_RUN_STATES]),
    eq(runs.workerId, run.workerId ?? ''),
  )
}

/** It is this worker's to go on. */
function ownRun(run: RunRow) {
  return and(eq(runs.id, run.id), eq(runs.state, 'RUNNING'), eq(runs.workerId, run.workerId ?? ''))
}
