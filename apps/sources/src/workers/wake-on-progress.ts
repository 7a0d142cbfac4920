import type { Db } from '@telegather/db'
import { subscribeToSignals, wakeOnNotification, type SignalOptions } from '@telegather/events'
import type { Logger, WakeUp } from '@telegather/service'

/**
 * Calls `wakeUp` for each signal of a run's progress, two a second for each run, and for each event in the outbox, such as
 * a run's start or end. Signals are lost while NATS is unavailable.
 */
export function wakeOnProgress(
  options: SignalOptions & { readonly db: Db; readonly log: Logger; readonly signal: AbortSignal },
  wakeUp: WakeUp,
): void {
  const { log, signal } = options
  wakeOnNotification(options, 'outbox', wakeUp)
  subscribeToSignals(options, 'run.progressed', () => wakeUp.call()).catch(
    (error: unknown) => signal.aborted || log.warn({ err: error }, 'signals.not_subscribed'),
  )
}
