import type { Db } from '@telegather/db'
import { sleep, type Logger, type WakeUp } from '@telegather/service'
import { millisecondsToNextRun, readClock } from '../schedules/queries.ts'
import { scheduleDue } from '../schedules/schedule-due.ts'

/** After a failure, and while another replica has locked what is due. */
const RETRY_MS = 1000
/** Fallback for lost notifications: an earlier instant was set, and no notification came. */
const MAX_SLEEP_MS = 15_000

/**
 * Makes the runs that schedules ask for, until `signal` aborts. Every replica does. Sleeps until the next instant of any
 * schedule; `wakeUp` is called when one was set.
 */
export async function runSchedules(
  { db, log, wakeUp }: { readonly db: Db; readonly log: Logger; readonly wakeUp: WakeUp },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await scheduleDue(db, log, await readClock(db))
      const dueInMs = await millisecondsToNextRun(db)
      if (dueInMs !== null && dueInMs <= 0) await sleep(RETRY_MS, signal)
      else await wakeUp.wait(Math.min(Math.ceil(dueInMs ?? MAX_SLEEP_MS), MAX_SLEEP_MS), signal)
    } catch (error) {
      log.error({ err: error }, 'schedules.failed')
      await sleep(RETRY_MS, signal)
    }
  }
}
