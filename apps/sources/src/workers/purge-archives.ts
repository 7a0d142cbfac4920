import type { Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import type { Targets } from '@telegather/storage'
import { purgeNext } from '../archives/purge.ts'

/** Interval of the polls. An archive is removed at the earliest a minute after its source was deleted. */
const POLL_MS = 30_000
/** Delay after an error, such as an unavailable target. */
const RETRY_MS = 60_000

/** Removes the archives of sources that were deleted together with them, until `signal` aborts. Each replica runs it. */
export async function purgeArchives(
  deps: { readonly db: Db; readonly log: Logger; readonly targets: Targets },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (!(await purgeNext(deps))) await sleep(POLL_MS, signal)
    } catch (error) {
      deps.log.error({ err: error }, 'purge.failed')
      await sleep(RETRY_MS, signal)
    }
  }
}
