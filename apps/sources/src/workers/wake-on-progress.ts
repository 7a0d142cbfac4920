import type { Db } from '@telegather/db'
import { subscribeToSignals, wakeOnNotification, type SignalOptions } from '@telegather/events'
import type { Logger, WakeUp } from '@telegather/service'

/**
 * Calls `wakeUp` while runs make progress (a signal twice a second for each) and when a run begins or ends (its event). The
 * signals are lost while NATS is unavailable.
 */
export function wakeOnProgress(
  options: SignalOptions & { readonly db: Db; readonly log: Logger; readonly signal: AbortSignal },
  wakeUp: WakeUp,
): void {
  const { log, signal } = options
  wakeOnNotification(options, 'outbox', wakeUp)
  subscribeToSignals(options, 'run.progressed', () => wakeUp.call()).catch(
    (error: unknown) => signal.aborted || log.warn({ err: error }, 'signals.not_heard'),
  )
}
