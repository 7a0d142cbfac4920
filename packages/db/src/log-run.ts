import type { LogLevel } from '@telegather/contracts'
import { and, desc, eq, lte, sql } from 'drizzle-orm'
import type { Tx } from './connection.ts'
import { lockRun } from './locks.ts'
import { runLogs, runs } from './schema/runs.ts'

/** Maximum number of log lines per run. */
const KEPT_LINES = 1000

/**
 * Adds a line to a run's log, a sentence for users, in the transaction that it describes. Keeps the newest 1000 lines of
 * each run.
 */
export async function logRun(
  tx: Tx,
  runId: string,
  line: { readonly level: LogLevel; readonly message: string },
): Promise<void> {
  // Serialises the writers of a run, so that ids become visible in order: a reader that pages by id misses no line.
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
