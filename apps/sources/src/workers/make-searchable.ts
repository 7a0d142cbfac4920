import type { Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import { indexMessages } from '../search/index-messages.ts'

const LOOK_MS = 1000

/** Makes what is stored searchable within seconds, until `signal` aborts. Every replica does. */
export async function makeSearchable(
  { db, log }: { readonly db: Db; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  let sourceId: number | null = null
  while (!signal.aborted) {
    try {
      sourceId = await indexMessages(db, sourceId ?? 0)
      if (sourceId === null) await sleep(LOOK_MS, signal)
    } catch (error) {
      log.error({ err: error }, 'search.failed')
      await sleep(LOOK_MS, signal)
    }
  }
}
