import { logRun, ownerOf, type Db } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { selectSessionsForPublic } from '@telegather/sessions'
import { uuidv7 } from 'uuidv7'
import { chooseRuns, type Choice, type Claimant } from './choose-runs.ts'
import { claimRuns, endSilentRuns, selectFleet, selectOpenRuns } from './queries/claims.ts'
import type { RunRow } from './queries/run-state.ts'
import { claimLine, endLine } from './run-lines.ts'

/** After it, runs that another process has just claimed or locked are looked at again. */
const RACE_MS = 100

export interface Claims extends Pick<Choice, 'leftRunId' | 'nextMs'> {
  readonly runs: readonly RunRow[]
}

/**
 * Claims due runs, up to `room`; `chooseRuns` picks them. Each pick is checked again in the transaction that claims it, so
 * two workers never get the same run, nor two runs of one session.
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
  const isRaced = runs.length < picks.length
  return { runs, leftRunId, nextMs: isRaced ? Math.min(RACE_MS, nextMs ?? RACE_MS) : nextMs }
}

/** Ends runs that no worker executes and none may take over; see `endSilentRuns`. */
export async function endSilent(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    for (const run of await endSilentRuns(tx)) {
      const { id: runId, sourceId, state } = run
      await logRun(tx, runId, endLine(run))
      await enqueue(tx, 'run.finished', { runId, sourceId, state })
    }
  })
}
