import { logRun, type Db } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { cancelSilentRuns, claimRun, type ClaimedRun, type Claimant } from './queries.ts'
import { claimLine } from './run-lines.ts'

/** Takes the next run; see `claimRun`. */
export async function claimNext(db: Db, claimant: Claimant): Promise<ClaimedRun | 'others' | null> {
  return db.transaction(async (tx) => {
    const run = await claimRun(tx, claimant)
    if (run !== null && run !== 'others') await logRun(tx, run.id, claimLine(run))
    return run
  })
}

/** Ends what is to be cancelled and has no worker any more that could. */
export async function cancelSilent(db: Db, deadAfterMs: number): Promise<void> {
  await db.transaction(async (tx) => {
    for (const { id: runId, sourceId, state } of await cancelSilentRuns(tx, deadAfterMs)) {
      await logRun(tx, runId, { level: 'info', message: 'Cancelled; its process had died' })
      await enqueue(tx, 'run.finished', { runId, sourceId, state })
    }
  })
}
