import { sendSignal, type SignalOptions } from '@telegather/events'
import { sleep, unlessAborted, type Logger } from '@telegather/service'
import type { Progress } from '../runs/progress.ts'

const SEND_EVERY_MS = 500

/** Sends the signal `run.progressed` every 500 ms until `signal` aborts. A failed send is logged. */
export async function sendProgress(
  { signals, log }: { readonly signals: SignalOptions; readonly log: Logger },
  runId: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(SEND_EVERY_MS, signal)
    if (signal.aborted) return
    // Awaits each send, so that signals do not queue up while NATS is unreachable.
    await unlessAborted(
      sendSignal(signals, 'run.progressed', { runId, progress: progress.snapshot() }),
      signal,
    ).catch((error: unknown) => signal.aborted || log.warn({ err: error }, 'progress.not_sent'))
  }
}
