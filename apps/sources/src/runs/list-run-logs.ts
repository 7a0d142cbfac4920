import type { Actor } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { getRun } from './get-run.ts'
import { selectLogLines, type RunLogRow } from './queries.ts'

/** A page of a run's log, oldest line first. `nextCursor` is null for the last page. */
export async function listRunLogs(
  db: Db,
  actor: Actor,
  { runId, cursor = 0, limit }: { runId: string; cursor?: number | undefined; limit: number },
): Promise<{ rows: RunLogRow[]; nextCursor: string | null }> {
  await getRun(db, actor, runId)
  const found = await selectLogLines(db, [{ runId, afterId: cursor }], limit + 1)
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, nextCursor: found.length > rows.length && last ? String(last.id) : null }
}
