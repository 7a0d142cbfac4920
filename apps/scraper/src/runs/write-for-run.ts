import { planForAnySource, type Db, type Tx } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import { recordProgress, type Added, type RunRow } from './queries/run-state.ts'
import { lockOwnSource } from './queries/source-columns.ts'
import { RunLost } from './errors.ts'

/** Commits writes of a run's worker: `writeForRunIn` in a transaction of its own. */
export async function writeForRun(
  db: Db,
  run: RunRow,
  fence: OpenedSession['fence'],
  write: (tx: Tx) => Promise<Added>,
): Promise<void> {
  await db.transaction((tx) => writeForRunIn(tx, run, fence, write))
}

/**
 * Writes what a run's worker has read, and adds to the run's counters what `write` returns. Locks the source first, as
 * its deletion does (`locks.ts`). Throws RunLost when the run is another worker's by now or its source is deleted, and
 * LeaseLost when another process holds the session's lease by now.
 */
export async function writeForRunIn(
  tx: Tx,
  run: RunRow,
  fence: OpenedSession['fence'],
  write: (tx: Tx) => Promise<Added>,
): Promise<void> {
  await planForAnySource(tx)
  if (!(await lockOwnSource(tx, run.sourceId))) throw new RunLost()
  await fence(tx)
  const added = await write(tx)
  if (!(await recordProgress(tx, run, added))) throw new RunLost()
}
