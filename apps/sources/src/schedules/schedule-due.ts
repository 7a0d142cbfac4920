import type { Db } from '@telegather/db'
import { enqueueAll } from '@telegather/events'
import type { Logger } from '@telegather/service'
import { insertRuns } from '../runs/queries.ts'
import { lockDueSources, setNextRuns } from './queries.ts'
import { BadSchedule, nextInstants } from './schedule.ts'

const BATCH = 500

/** Delay before the next instant of a source is computed again after an error. */
const RETRY_MS = 3_600_000

/**
 * Adds the runs that are due at `now`, and sets each source's `next_run_at`. One transaction does both for a source, so
 * several processes may call this concurrently and each instant adds one run. Several missed instants add one run. No run
 * is added while a run of the source is unfinished.
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

/**
 * The source's first instant after `now`. Null for a schedule that ended or became invalid, such as one whose time zone no
 * longer exists. Never throws, because an error of one source must not stop the schedules of the others.
 */
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
    return null
  } catch (error) {
    log.error({ sourceId: id, err: error }, 'schedule.unreadable')
    return error instanceof BadSchedule ? null : new Date(now.getTime() + RETRY_MS)
  }
}
