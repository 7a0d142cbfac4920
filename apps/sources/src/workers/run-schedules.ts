import type { Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import { readClock } from '../schedules/queries.ts'
import { scheduleDue } from '../schedules/schedule-due.ts'

const TICK_MS = 1000

/** Makes the runs that schedules ask for, until `signal` aborts. Every replica does. */
export async function runSchedules(
  { db, log }: { readonly db: Db; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await scheduleDue(db, log, await readClock(db))
    } catch (error) {
      log.error({ err: error }, 'schedules.failed')
    }
    await sleep(TICK_MS, signal)
  }
}
