import type { TlObject } from '../tl/object.ts'
import type { EventLog, LoggedEvent } from '../world/event-log.ts'

/** `messages.affectedMessages`: the `pts` after a call, and its `pts_count`, 0 if the call changed nothing. */
export function affectedMessages(log: EventLog, event: LoggedEvent | undefined): TlObject {
  return {
    _: 'messages.affectedMessages',
    pts: event?.pts ?? log.pts,
    pts_count: event?.ptsCount ?? 0,
  }
}
