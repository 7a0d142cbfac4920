import type { Actor } from '@telegather/contracts'
import { logRun, recordAudit, type Db, type Tx } from '@telegather/db'
import { enqueue, sendSignal, type SignalOptions } from '@telegather/events'
import { DomainError, type Logger } from '@telegather/service'
import { getRun } from './get-run.ts'
import { cancelUnfinishedRun, type RunRow } from './queries.ts'

export interface CancelDeps {
  readonly db: Db
  readonly log: Logger
  readonly signals: SignalOptions
}

/**
 * Cancels a run. A run with a living worker becomes CANCELLING: the signal `run.cancelling` stops the worker at once, or
 * its next heartbeat does when the signal is lost. A run without one becomes CANCELLED. Idempotent. Throws
 * `run_not_found`, and `run_finished` when the run has ended.
 */
export async function cancelRun(deps: CancelDeps, actor: Actor, runId: string): Promise<RunRow> {
  const before = await getRun(deps.db, actor, runId)
  const run = await deps.db.transaction(async (tx) => {
    const cancelled = await cancelUnfinishedRun(tx, { runId })
    if (!cancelled) throw new DomainError('run_finished', 'The run has ended already')
    if (cancelled.state === before.state) return cancelled
    await recordAudit(tx, actor, {
      action: 'run.cancelled',
      objectId: runId,
      details: { source_id: cancelled.sourceId },
    })
    const message = cancelled.state === 'CANCELLED' ? 'Cancelled' : 'Cancelling'
    await recordCancelled(tx, cancelled, message)
    return cancelled
  })
  signalCancel(deps, run)
  return run
}

/**
 * Cancels the unfinished run of a source that is being deleted. Null when there is none. The caller passes the run to
 * `signalCancel` after the commit.
 */
export async function cancelRunOfDeleted(tx: Tx, sourceId: number): Promise<RunRow | null> {
  const cancelled = await cancelUnfinishedRun(tx, { sourceId })
  if (cancelled) await recordCancelled(tx, cancelled, 'Its source was deleted')
  return cancelled
}

async function recordCancelled(tx: Tx, run: RunRow, message: string): Promise<void> {
  const { id: runId, sourceId, state } = run
  await logRun(tx, runId, { level: 'info', message })
  if (state === 'CANCELLED') await enqueue(tx, 'run.finished', { runId, sourceId, state })
}

/** Sends `run.cancelling` when a worker executes the run. Call it after the commit. A failed send is logged. */
export function signalCancel(
  { log, signals }: Omit<CancelDeps, 'db'>,
  { id: runId, state }: RunRow,
): void {
  if (state !== 'CANCELLING') return
  sendSignal(signals, 'run.cancelling', { runId }).catch((error: unknown) =>
    log.warn({ err: error, runId }, 'run.cancel_not_sent'),
  )
}
