import type { Db } from '@telegather/db'
import { sleep, type Logger, type WakeUp } from '@telegather/service'
import { millisecondsToNextRun, readClock } from '../schedules/queries.ts'
import { scheduleDue } from '../schedules/schedule-due.ts'

/** Delay after an error, and while another replica has locked the due sources. */
const RETRY_MS = 1000
/** The default of the longest sleep, in case the notification of an earlier instant is lost. */
const MAX_SLEEP_MS = 15_000

export interface SchedulesDeps {
  readonly db: Db
  readonly log: Logger
  /** Called when an instant was set. */
  readonly wakeUp: WakeUp
  /** Default 15 s. */
  readonly maxSleepMs?: number
}

/**
 * Adds the runs of due schedules until `signal` aborts. Each replica runs it. Sleeps until the next instant of any
 * schedule, `maxSleepMs` at most.
 */
export async function runSchedules(
  { db, log, wakeUp, maxSleepMs = MAX_SLEEP_MS }: SchedulesDeps,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await scheduleDue(db, log, await readClock(db))
      const dueInMs = await millisecondsToNextRun(db)
      if (dueInMs !== null && dueInMs <= 0) await sleep(RETRY_MS, signal)
      else await wakeUp.wait(Math.min(Math.ceil(dueInMs ?? maxSleepMs), maxSleepMs), signal)
    } catch (error) {
      log.error({ err: error }, 'schedules.failed')
      await sleep(RETRY_MS, signal)
    }
  }
}
