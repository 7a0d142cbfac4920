import type { Db } from '@telegather/db'
import { enqueueAll } from '@telegather/events'
import type { Logger } from '@telegather/service'
import { insertRuns } from '../runs/queries.ts'
import { lockDueSources, setNextRuns } from './queries.ts'
import { BadSchedule, nextInstants } from './schedule.ts'

const BATCH = 500

/**
 * Makes the runs that are due at `now`, and notes when each source is due next. Any number of processes may do this at
 * once: a source is due until the transaction that makes its run has moved it on, so each instant makes one run.
 * Instants that were missed make one run together, and none while a run of the source is unfinished.
 */
export async function scheduleDue(db: Db, log: Logger, now: Date): Promise<void> {
  while ((await scheduleBatch(db, log, now)) === BATCH);
}

async function scheduleBatch(db: Db, log: Logger, now: Date): Promise<number> {
  return db.transaction(async (tx) => {
    const due = await lockDueSources(tx, now, BATCH)
    if (due.length === 0) return 0
    await setNextRuns(
      tx,
      due.map((source) => ({ id: source.id, nextRunAt: instantAfter(source, log, now) })),
    )
    const runs = await insertRuns(
      tx,
      due.map(({ id, nextRunAt }) => ({
        sourceId: id,
        trigger: 'scheduled',
        scheduledFor: nextRunAt,
      })),
    )
    await enqueueAll(
      tx,
      'run.requested',
      runs.map(({ id, sourceId }) => ({ runId: id, sourceId })),
    )
    return due.length
  })
}

/** Null, and a line in the log, for a schedule that was good once: one that ended, or whose time zone is gone. */
function instantAfter(
  source: { readonly id: number; readonly pattern: string | null; readonly timezone: string },
  log: Logger,
  now: Date,
): Date | null {
  const { id, pattern, timezone } = source
  if (pattern === null) return null
  try {
    const [next] = nextInstants({ pattern, timezone }, now, 1)
    if (next) return next
    log.warn({ sourceId: id, pattern }, 'schedule.ended')
  } catch (error) {
    if (!(error instanceof BadSchedule)) throw error
    log.error({ sourceId: id, err: error }, 'schedule.unreadable')
  }
  return null
}
