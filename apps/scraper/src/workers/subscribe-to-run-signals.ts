import { subscribeToSignals, type SignalOptions } from '@telegather/events'
import type { Logger } from '@telegather/service'
import type { RunWorker } from './run-worker.ts'

/** Lets signals wake the worker and cancel its runs at once. A lost signal costs time only: the worker polls Postgres. */
export function subscribeToRunSignals(
  options: SignalOptions & { readonly log: Logger; readonly signal: AbortSignal },
  worker: RunWorker,
): void {
  const { log, signal } = options
  Promise.all([
    subscribeToSignals(options, 'run.due', () => worker.wake()),
    subscribeToSignals(options, 'run.cancelling', ({ runId }) => worker.cancel(runId)),
  ]).catch((error: unknown) => signal.aborted || log.warn({ err: error }, 'signals.not_subscribed'))
}
