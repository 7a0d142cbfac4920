import type { Db, Tx } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import { recordProgress, type Added, type RunRow } from './queries/run-state.ts'
import { lockOwnSource } from './queries/source-columns.ts'
import { RunLost } from './run-lost.ts'

/** Commits what a run's worker writes, as `withinRun` does in a transaction that there is already. */
export async function inRun(
  db: Db,
  run: RunRow,
  fence: OpenedSession['fence'],
  write: (tx: Tx) => Promise<Added>,
): Promise<void> {
  await db.transaction((tx) => withinRun(tx, run, fence, write))
}

/**
 * Writes, together with what that adds to the run's counters. The source is locked first, as deleting it does, so that
 * the two never wait for each other. Throws RunLost when the run is no longer this worker's or its source is gone,
 * LeaseLost when the session that told of it is no longer this process's.
 */
export async function withinRun(
  tx: Tx,
  run: RunRow,
  fence: OpenedSession['fence'],
  write: (tx: Tx) => Promise<Added>,
): Promise<void> {
  if (!(await lockOwnSource(tx, run.sourceId))) throw new RunLost()
  await fence(tx)
  const added = await write(tx)
  if (!(await recordProgress(tx, run, added))) throw new RunLost()
}
