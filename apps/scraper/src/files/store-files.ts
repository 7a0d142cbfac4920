import type { Db } from '@telegather/db'
import { TargetFull, TargetUnavailable } from '@telegather/storage'
import { ConnectionLost, Timeout } from '@telegather/telegram'
import type { RunRow } from '../runs/queries/run-state.ts'
import type { Arrivals } from './arrivals.ts'
import { FileQueue } from './file-queue.ts'
import type { FileRoute } from './file-route.ts'

/** How long files rest after trouble of their target or connection while posts are still read. */
const REST_MS = 30_000

/**
 * Stores the source's pending files until none is left and no more arrive; see `FileQueue.work`. Trouble of the target or
 * the connection ends the run's try only once all posts are read: until then the queue begins anew after 30 s.
 */
export async function storeFiles(
  db: Db,
  run: RunRow,
  route: FileRoute,
  options: { readonly arrivals: Arrivals; readonly signal: AbortSignal },
): Promise<void> {
  const { arrivals, signal } = options
  for (;;) {
    try {
      return await new FileQueue(db, run, route, options).work()
    } catch (error) {
      if (!isPassing(error)) throw error
      const restUntil = performance.now() + REST_MS
      while (!arrivals.isOver && !signal.aborted && performance.now() < restUntil)
        await arrivals.wakeUp.wait(restUntil - performance.now(), signal)
      if (arrivals.isOver || signal.aborted) throw error
    }
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof TargetUnavailable ||
    error instanceof TargetFull ||
    error instanceof ConnectionLost ||
    error instanceof Timeout
  )
}
