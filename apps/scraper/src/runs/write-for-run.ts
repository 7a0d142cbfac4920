import { planForAnySource, type Db, type Tx } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import { recordProgress, type Added, type RunRow } from './queries/run-state.ts'
import { lockOwnSource } from './queries/source-columns.ts'
import { RunLost } from './errors.ts'

/** Calls `writeForRunIn` in a transaction of its own. */
export async function writeForRun(
  db: Db,
  run: RunRow,
  fence: OpenedSession['fence'],
  write: (tx: Tx) => Promise<Added>,
): Promise<void> {
  await db.transaction((tx) => writeForRunIn(tx, run, fence, write))
}

/**
 * Calls `write` in the transaction `tx` for a run's worker, and adds the returned numbers to the run's counters. Locks the
 * source first, as the source's deletion does (`locks.ts`). Throws RunLost when another worker has the run or the source
 * is deleted, and LeaseLost when another process has the session's lease; then the transaction must be rolled back.
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
