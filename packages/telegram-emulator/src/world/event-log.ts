import type { Peer } from './peer.ts'

export const EVENT_KINDS = [
  'new_message',
  'edit_message',
  'delete_messages',
  'read_inbox',
  'read_outbox',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** A change to the messages of an account or of a channel, which clients get as an update or in a difference. */
export interface LoggedEvent {
  readonly kind: EventKind
  /** The `pts` after the event. */
  readonly pts: number
  /** The `pts_count` of the event. */
  readonly ptsCount: number
  /** Null if messages of several dialogs were deleted at once. */
  readonly peer: Peer | null
  /** The messages concerned; for reads, the newest message read. */
  readonly messageIds: readonly number[]
  /** The text of the message at that time; null if no message was added or edited. */
  readonly text: string | null
  /** The account that wrote the message; null if there is no message or no account wrote it. */
  readonly authorId: bigint | null
  /** When the event happened, Unix seconds. The date of the message may differ. */
  readonly date: number
  /** True if no update was sent: clients get the event only in a difference. */
  readonly silent: boolean
  /** For channel events, the number of the member list in {@link Audiences}. */
  readonly audience?: number
}

/** An event without its `pts`. */
export type NewEvent = Omit<LoggedEvent, 'pts'>

/**
 * Events in order, each with the `pts` that clients follow:
 * https://core.telegram.org/api/updates#message-related-event-sequences
 */
export class EventLog {
  readonly #events: LoggedEvent[] = []
  #pts: number
  /** Events up to this `pts` were discarded. */
  #floor: number

  /** @param earlier events of earlier runs, in order; `pts` continues from the last one, or from `initialPts` */
  constructor(initialPts: number, earlier: readonly LoggedEvent[] = []) {
    this.#pts = initialPts
    this.#floor = initialPts
    for (const event of earlier) {
      const before = event.pts - event.ptsCount
      if (before !== this.#pts) this.#floor = before
      this.#keep(event)
    }
    if (this.#pts < initialPts) {
      this.#pts = initialPts
      this.#floor = initialPts
    }
  }

  get pts(): number {
    return this.#pts
  }

  /** All events, oldest first. */
  all(): readonly LoggedEvent[] {
    return this.#events
  }

  /** Assigns the next `pts` to an event and appends it. */
  add(event: NewEvent): LoggedEvent {
    const counted = { ...event, pts: this.#pts + event.ptsCount }
    this.#keep(counted)
    return counted
  }

  /**
   * Up to `limit` events after `pts`, oldest first. Null if `pts` is more than `maxAge` behind or older than the log.
   */
  after(
    pts: number,
    { limit, maxAge }: { readonly limit: number; readonly maxAge: number },
  ): LoggedEvent[] | null {
    if (pts < this.#floor || this.#pts - pts > maxAge) return null
    const start = this.#countUpTo(pts)
    return this.#events.slice(start, start + limit)
  }

  #keep(event: LoggedEvent): void {
    this.#events.push(event)
    this.#pts = event.pts
  }

  #countUpTo(pts: number): number {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle]?.pts ?? Infinity) <= pts) low = middle + 1
      else high = middle
    }
    return low
  }
}
