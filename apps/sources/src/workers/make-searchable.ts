import type { Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import { indexMessages, SourceNotIndexed } from '../search/index-messages.ts'
import { isArchiving } from '../search/queries.ts'

const LOOK_MS = 1000
/** While runs are executed, it works a tenth of the time and leaves the rest to them. */
const RESTS = 9

/**
 * Makes what is stored searchable, until `signal` aborts: a page within seconds, a first archive of 100,000 posts within
 * some minutes. Every replica does.
 */
export async function makeSearchable(
  { db, log }: { readonly db: Db; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  let sourceId: number | null = null
  while (!signal.aborted) {
    try {
      const startedAt = performance.now()
      sourceId = await indexMessages(db, sourceId ?? 0)
      const worked = performance.now() - startedAt
      if (sourceId === null) await sleep(LOOK_MS, signal)
      else if (await isArchiving(db)) await sleep(RESTS * worked, signal)
    } catch (error) {
      log.error({ err: error }, 'search.failed')
      // The next look goes on after the source that failed.
      if (error instanceof SourceNotIndexed) sourceId = error.sourceId
      await sleep(LOOK_MS, signal)
    }
  }
}
