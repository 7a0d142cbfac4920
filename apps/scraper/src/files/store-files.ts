import type { Db } from '@telegather/db'
import { TargetFull, TargetUnavailable } from '@telegather/storage'
import { LeaseLost, SessionUnavailable } from '@telegather/sessions'
import { ConnectionLost, RpcFailed, Timeout } from '@telegather/telegram'
import type { RunRow } from '../runs/queries/run-state.ts'
import type { Arrivals } from './arrivals.ts'
import { FileQueue } from './file-queue.ts'
import type { FileRoute } from './file-route.ts'

/** Delay before files are tried again after a temporary error of the target, the session or Telegram. */
const RETRY_MS = 30_000

/**
 * Stores the source's pending files until none is left and no more arrive; see `FileQueue.work`. After a temporary error
 * of the target, the session or Telegram, a new queue starts `retryMs` later (default 30 s). Once all posts are read, such
 * an error is thrown instead.
 */
export async function storeFiles(
  db: Db,
  run: RunRow,
  route: FileRoute,
  options: {
    readonly arrivals: Arrivals
    readonly signal: AbortSignal
    readonly retryMs?: number
  },
): Promise<void> {
  const { arrivals, signal, retryMs = RETRY_MS } = options
  for (;;) {
    try {
      return await new FileQueue(db, run, route, options).work()
    } catch (error) {
      if (!isTemporary(error)) throw error
      const retryAt = performance.now() + retryMs
      while (!arrivals.isOver && !signal.aborted && performance.now() < retryAt)
        await arrivals.wakeUp.wait(retryAt - performance.now(), signal)
      if (arrivals.isOver || signal.aborted) throw error
    }
  }
}

function isTemporary(error: unknown): boolean {
  return (
    error instanceof TargetUnavailable ||
    error instanceof TargetFull ||
    error instanceof ConnectionLost ||
    error instanceof Timeout ||
    error instanceof LeaseLost ||
    error instanceof SessionUnavailable ||
    (error instanceof RpcFailed && error.isInternal)
  )
}
