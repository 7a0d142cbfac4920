import type { Db } from '@telegather/db'
import type { WakeUp } from '@telegather/service'
import type { Logger } from 'pino'

/**
 * Channels of Postgres's NOTIFY. Delivery is not guaranteed: a process that lost its connection misses notifications, so
 * every listener also polls.
 *
 * - `outbox`: an event was committed.
 * - `schedules`: a source's next run may be due earlier than before.
 * - `channel_details`: a session has chats whose details are not known.
 */
export type NotificationChannel = 'outbox' | 'schedules' | 'channel_details'

/**
 * Calls `wakeUp` for each notification and after each reconnect, until `db` is closed. All channels of a process share one
 * connection beside its pool. The driver keeps trying to listen; a first try that fails is logged.
 */
export function wakeOnNotification(
  { db, log }: { readonly db: Db; readonly log: Logger },
  channel: NotificationChannel,
  wakeUp: WakeUp,
): void {
  const wake = () => wakeUp.call()
  db.$client
    .listen(channel, wake, wake)
    .catch((err: unknown) => log.warn({ err, channel }, 'notifications.not_listening'))
}
