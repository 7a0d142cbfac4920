import type { LogLevel } from '@telegather/contracts'
import { and, desc, eq, lte, sql } from 'drizzle-orm'
import type { Tx } from './connection.ts'
import { lockRun } from './locks.ts'
import { runLogs, runs } from './schema/runs.ts'

/** Of each run. */
const KEPT_LINES = 1000

/** Adds a line, a sentence for people, to a run's log, in the transaction that makes it true. The oldest lines give way. */
export async function logRun(
  tx: Tx,
  runId: string,
  line: { readonly level: LogLevel; readonly message: string },
): Promise<void> {
  // One writer at a time: whoever has read a line has read all before it.
  await lockRun(tx, eq(runs.id, runId))
  await tx.insert(runLogs).values({ runId, ...line })
  const oldest = tx
    .select({ id: runLogs.id })
    .from(runLogs)
    .where(eq(runLogs.runId, runId))
    .orderBy(desc(runLogs.id))
    .offset(KEPT_LINES)
    .limit(1)
  await tx.delete(runLogs).where(and(eq(runLogs.runId, runId), lte(runLogs.id, sql`(${oldest})`)))
}
