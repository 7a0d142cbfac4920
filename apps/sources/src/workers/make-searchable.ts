import type { Db } from '@telegather/db'
import { sleep, type Logger, type WakeUp } from '@telegather/service'
import { indexMessages, SourceNotIndexed } from '../search/index-messages.ts'
import { isArchiving } from '../search/queries.ts'

/** Between two looks into an empty queue. */
const LOOK_MS = 1000
/** For so long after a wake-up it looks every `LOOK_MS`: pages may be stored after the last one of a run. */
const AWAKE_MS = 5000
/** Fallback for lost wake-ups. */
const MAX_SLEEP_MS = 15_000
/** While runs are executed, it works a tenth of the time and leaves the rest to them. */
const RESTS = 9

/**
 * Makes what is stored searchable, until `signal` aborts: a page within seconds, a first archive of 100,000 posts within
 * some minutes. Every replica does. `wakeUp` is called while runs make progress and when they end.
 */
export async function makeSearchable(
  { db, log, wakeUp }: { readonly db: Db; readonly log: Logger; readonly wakeUp: WakeUp },
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
        if (performance.now() > asleepAt && (await wakeUp.wait(MAX_SLEEP_MS, signal)))
          asleepAt = performance.now() + AWAKE_MS
        await sleep(Math.max(0, LOOK_MS - (performance.now() - startedAt)), signal)
      } else {
        asleepAt = performance.now() + AWAKE_MS
        if (await isArchiving(db)) await sleep(RESTS * worked, signal)
      }
    } catch (error) {
      log.error({ err: error }, 'search.failed')
      // The next look goes on after the source that failed.
      if (error instanceof SourceNotIndexed) sourceId = error.sourceId
      await sleep(LOOK_MS, signal)
    }
  }
}
