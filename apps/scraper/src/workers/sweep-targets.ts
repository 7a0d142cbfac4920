import type { Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import type { Target, Targets } from '@telegather/storage'
import { clearParts } from '../files/clear-parts.ts'
import { findSource } from '../runs/queries/source-columns.ts'

const INTERVAL_MS = 3_600_000

/** Sweeps all targets every hour until `signal` aborts. A run also clears the partial files of its own source. */
export async function sweepTargets(
  { db, targets, log }: { readonly db: Db; readonly targets: Targets; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const target of Object.values(targets)) {
      if (target === null) continue
      await sweepTarget(db, target, log).catch((error: unknown) =>
        log.warn({ err: error, target: target.name }, 'target.sweep_failed'),
      )
    }
    await sleep(INTERVAL_MS, signal)
  }
}

/** Removes partial files of deleted sources, and of files that are no longer to be stored on this target. */
async function sweepTarget(db: Db, target: Target, log: Logger): Promise<void> {
  for (const owner of await target.owners())
    // A failure of one source must not stop the sweep of the others.
    await sweepOwner(db, target, owner).catch((error: unknown) =>
      log.warn({ err: error, target: target.name, owner }, 'target.sweep_failed'),
    )
}

async function sweepOwner(db: Db, target: Target, owner: string): Promise<void> {
  const sourceId = Number(owner)
  if ((await findSource(db, sourceId)) === null) await target.clear(owner)
  else await clearParts(db, target, { sourceId, isAlone: false })
}
