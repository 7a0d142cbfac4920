import { logRun, type Db } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { claimRun, endSilentRuns, type Claim, type Claimant } from './queries/claims.ts'
import { claimLine, endLine } from './run-lines.ts'

/** Takes the next run; see `claimRun`. */
export async function claimNext(db: Db, claimant: Claimant): Promise<Claim | null> {
  return db.transaction(async (tx) => {
    const claim = await claimRun(tx, claimant)
    if (claim?.status === 'claimed') await logRun(tx, claim.run.id, claimLine(claim.run))
    return claim
  })
}

/** Ends what has no worker any more and is not to have another; see `endSilentRuns`. */
export async function endSilent(db: Db, deadAfterMs: number): Promise<void> {
  await db.transaction(async (tx) => {
    for (const run of await endSilentRuns(tx, deadAfterMs)) {
      const { id: runId, sourceId, state } = run
      await logRun(tx, runId, endLine(run))
      await enqueue(tx, 'run.finished', { runId, sourceId, state })
    }
  })
}
