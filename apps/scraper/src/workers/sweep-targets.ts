import type { Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import type { Target, Targets } from '@telegather/storage'
import { findSource } from '../runs/queries/source-columns.ts'

const INTERVAL_MS = 3_600_000

/** Every hour; where a source lives on, its next run clears what is left of the one before. */
export async function sweepTargets(
  { db, targets, log }: { readonly db: Db; readonly targets: Targets; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const target of Object.values(targets)) {
      if (target === null) continue
      await sweepTarget(db, target).catch((error: unknown) =>
        log.warn({ err: error, target: target.name }, 'target.sweep_failed'),
      )
    }
    await sleep(INTERVAL_MS, signal)
  }
}

/** Removes from the target what workers that died have left of sources that were deleted since. */
async function sweepTarget(db: Db, target: Target): Promise<void> {
  for (const owner of await target.owners()) {
    if ((await findSource(db, Number(owner))) === null) await target.clear(owner)
  }
}
