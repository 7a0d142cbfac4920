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
 * Ends a run. Its worker is told at once, and by its next heartbeat should it not hear; a run without a living worker
 * is CANCELLED in the answer. Asking twice changes nothing.
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
    const message = cancelled.state === 'CANCELLED' ? 'Cancelled' : 'Told to stop'
    await noteCancelled(tx, cancelled, message)
    return cancelled
  })
  tellWorker(deps, run)
  return run
}

/** Ends the unfinished run of a source that is being deleted, if there is one. `tellWorker` is told of it afterwards. */
export async function cancelRunOfDeleted(tx: Tx, sourceId: number): Promise<RunRow | null> {
  const cancelled = await cancelUnfinishedRun(tx, { sourceId })
  if (cancelled) await noteCancelled(tx, cancelled, 'Its source was deleted')
  return cancelled
}

async function noteCancelled(tx: Tx, run: RunRow, message: string): Promise<void> {
  const { id: runId, sourceId, state } = run
  await logRun(tx, runId, { level: 'info', message })
  if (state === 'CANCELLED') await enqueue(tx, 'run.finished', { runId, sourceId, state })
}

/** Where a worker still executes the run. Once that is committed. */
export function tellWorker(
  { log, signals }: Omit<CancelDeps, 'db'>,
  { id: runId, state }: RunRow,
): void {
  if (state !== 'CANCELLING') return
  sendSignal(signals, 'run.cancelling', { runId }).catch((error: unknown) =>
    log.warn({ err: error, runId }, 'run.cancel_not_told'),
  )
}
