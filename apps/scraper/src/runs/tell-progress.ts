import { sendSignal, type SignalOptions } from '@telegather/events'
import { sleep, unlessAborted, type Logger } from '@telegather/service'
import type { Progress } from './progress.ts'

const TELL_EVERY_MS = 500

/** Tells whoever watches the run how far it is, until `signal` aborts. */
export async function tellProgress(
  { signals, log }: { readonly signals: SignalOptions; readonly log: Logger },
  runId: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(TELL_EVERY_MS, signal)
    if (signal.aborted) return
    // While NATS is away nothing piles up: the next word waits for this one.
    await unlessAborted(
      sendSignal(signals, 'run.progressed', { runId, progress: progress.snapshot() }),
      signal,
    ).catch((error: unknown) => signal.aborted || log.warn({ err: error }, 'progress.not_told'))
  }
}
