import { logRun, ownerOf, type Db } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { selectSessionsForPublic } from '@telegather/sessions'
import { uuidv7 } from 'uuidv7'
import { chooseRuns, type Choice, type Claimant } from './choose-runs.ts'
import { claimRuns, markDeadRunsEnded, selectFleet, selectOpenRuns } from './queries/claims.ts'
import type { RunRow } from './queries/run-state.ts'
import { claimLine, endLine } from './run-lines.ts'

/** Delay before the next claim when another process had claimed or locked a picked run. */
const RACE_MS = 100

export interface Claims extends Pick<Choice, 'leftRunId' | 'nextMs'> {
  readonly runs: readonly RunRow[]
}

/**
 * Claims up to `room` due runs, picked by `chooseRuns`. The transaction that claims a pick checks it again: two workers
 * never get the same run, and no session serves two runs.
 */
export async function claimNext(
  db: Db,
  claimant: Claimant & { readonly deadAfterMs: number },
): Promise<Claims> {
  const [open, fleet] = await Promise.all([selectOpenRuns(db), selectFleet(db)])
  const owners = new Map(
    open.filter(({ isForAnySession }) => isForAnySession).map((run) => [run.lane, ownerOf(run)]),
  )
  const publicSessions = new Map(
    await Promise.all(
      Array.from(
        owners,
        async ([lane, owner]) => [lane, await selectSessionsForPublic(db, owner)] as const,
      ),
    ),
  )
  const { picks, leftRunId, nextMs } = chooseRuns({ open, fleet, publicSessions }, claimant)
  const runs = await claimRuns(db, picks, {
    deadAfterMs: claimant.deadAfterMs,
    newWorkerId: uuidv7,
    lineOf: claimLine,
  })
  const lostRace = runs.length < picks.length
  return { runs, leftRunId, nextMs: lostRace ? Math.min(RACE_MS, nextMs ?? RACE_MS) : nextMs }
}

/** Ends the runs of dead workers that no worker may take over, with their log line and event; see `markDeadRunsEnded`. */
export async function endDeadRuns(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    for (const run of await markDeadRunsEnded(tx)) {
      const { id: runId, sourceId, state } = run
      await logRun(tx, runId, endLine(run))
      await enqueue(tx, 'run.finished', { runId, sourceId, state })
    }
  })
}
