import type { Actor } from '@telegather/contracts'
import { logRun, recordAudit, type Db } from '@telegather/db'
import { enqueue, sendSignal, type SignalOptions } from '@telegather/events'
import { DomainError, type Logger } from '@telegather/service'
import { getRun } from './get-run.ts'
import { cancelRunOf, type RunRow } from './queries.ts'

/** Workers are as good as dead after that; they tell more often that they live. */
const SILENT_MS = 30_000

export interface CancelDeps {
  readonly db: Db
  readonly log: Logger
  readonly signals: SignalOptions
}

/**
 * Ends a run. Its worker is told at once, and by its next heartbeat should it not hear; a run without a living worker
 * is CANCELLED in the answer. Asking twice changes nothing.
 */
export async function cancelRun(
  { db, log, signals }: CancelDeps,
  actor: Actor,
  runId: string,
): Promise<RunRow> {
  const before = await getRun(db, actor, runId)
  const run = await db.transaction(async (tx) => {
    const cancelled = await cancelRunOf(tx, runId, { silentMs: SILENT_MS })
    if (!cancelled) throw new DomainError('conflict', 'The run has ended already')
    const { state, sourceId } = cancelled
    if (state === before.state) return cancelled
    await recordAudit(tx, actor, {
      action: 'run.cancelled',
      objectId: runId,
      details: { source_id: sourceId },
    })
    const message = state === 'CANCELLED' ? 'Cancelled' : 'Told to stop'
    await logRun(tx, runId, { level: 'info', message })
    if (state === 'CANCELLED') await enqueue(tx, 'run.finished', { runId, sourceId, state })
    return cancelled
  })
  if (run.state === 'CANCELLING')
    sendSignal(signals, 'run.cancelling', { runId }).catch((error: unknown) =>
      log.warn({ err: error, runId }, 'run.cancel_not_told'),
    )
  return run
}
