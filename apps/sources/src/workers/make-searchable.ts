import type { Db } from '@telegather/db'
import { sleep, type Logger, type WakeUp } from '@telegather/service'
import { indexMessages, SourceNotIndexed } from '../search/index-messages.ts'
import { isArchiving } from '../search/queries.ts'

/** Interval of the polls of an empty queue. */
const POLL_MS = 1000
/** The worker keeps polling for this long after a wake-up, since a page may be stored after the last wake-up of a run. */
const AWAKE_MS = 5000
/** The default of the longest sleep, in case a wake-up is lost. */
const MAX_SLEEP_MS = 15_000
/** While runs are executed, a pause of 9 times the work follows each batch: indexing takes a tenth of the time. */
const PAUSE_FACTOR = 9

export interface SearchableDeps {
  readonly db: Db
  readonly log: Logger
  /** Called while runs make progress and when they end. */
  readonly wakeUp: WakeUp
  /** Default 15 s. */
  readonly maxSleepMs?: number
}

/**
 * Indexes stored messages for the search until `signal` aborts: a page within seconds, a first archive of 100,000 posts
 * within minutes. Each replica runs it; an advisory lock lets one of them index at a time.
 */
export async function makeSearchable(
  { db, log, wakeUp, maxSleepMs = MAX_SLEEP_MS }: SearchableDeps,
  signal: AbortSignal,
): Promise<void> {
  let sourceId: number | null = null
  let asleepAt = performance.now() + AWAKE_MS
  while (!signal.aborted) {
    try {
      const startedAt = performance.now()
      sourceId = await indexMessages(db, sourceId ?? 0)
      const worked = performance.now() - startedAt
      if (sourceId === null) {
        if (performance.now() > asleepAt && (await wakeUp.wait(maxSleepMs, signal)))
          asleepAt = performance.now() + AWAKE_MS
        await sleep(Math.max(0, POLL_MS - (performance.now() - startedAt)), signal)
      } else {
        asleepAt = performance.now() + AWAKE_MS
        if (await isArchiving(db)) await sleep(PAUSE_FACTOR * worked, signal)
      }
    } catch (error) {
      log.error({ err: error }, 'search.failed')
      // The next batch is of the source after the failed one.
      if (error instanceof SourceNotIndexed) sourceId = error.sourceId
      await sleep(POLL_MS, signal)
    }
  }
}
