import type { Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import type { Targets } from '@telegather/storage'
import { purgeNext } from '../archives/purge.ts'

/** An archive is removed a minute after its source at the earliest. */
const LOOK_MS = 30_000
/** After trouble, such as a target that cannot be reached. */
const PAUSE_MS = 60_000

/** Removes the archives of sources that were deleted with theirs, until `signal` aborts. Every replica does. */
export async function purgeArchives(
  deps: { readonly db: Db; readonly log: Logger; readonly targets: Targets },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (!(await purgeNext(deps))) await sleep(LOOK_MS, signal)
    } catch (error) {
      deps.log.error({ err: error }, 'purge.failed')
      await sleep(PAUSE_MS, signal)
    }
  }
}
