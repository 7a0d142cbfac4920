import { setImmediate as nextTurn } from 'node:timers/promises'
import { RecentlyUsed } from '../media/recently-used.ts'
import { IdList } from './id-list.ts'
import { messageMatcher, type MessageCriteria } from './message-filter.ts'
import type { Timeline } from './model.ts'

/** Maximum messages examined in one search; in a longer dialog only the newest ones are. */
const MAX_LOOKED_AT = 100_000
const TURN_MESSAGES = 200
const REMEMBERED_SEARCHES = 32

/** Ids of the messages found, newest first. */
export interface FoundMessages {
  readonly ids: readonly number[]
  /** Whether all messages of the dialog were examined. */
  readonly isComplete: boolean
}

/** The found messages of a timeline, as a timeline. */
export function foundTimeline(timeline: Timeline, { ids }: FoundMessages): Timeline {
  const list = new IdList()
  for (const id of ids.toReversed()) list.append(id)
  return {
    count: list.size,
    topId: list.last,
    get: (id) => timeline.get(id),
    idsBelow: (beforeId) => list.below(beforeId),
    idsFrom: (fromId) => list.from(fromId),
  }
}

/** The current state of a dialog. */
export interface SearchedDialog {
  readonly timeline: Timeline
  /** Changes with every change in the dialog: its `pts`. */
  readonly version: number
}

/** Searches messages and caches recent results, because clients page through them. */
export class MessageSearch {
  readonly #serials = new WeakMap<Timeline, number>()
  #lastSerial = 0
  readonly #recent = new RecentlyUsed<Promise<FoundMessages>>(REMEMBERED_SEARCHES)

  /** Yields to the event loop in between. Null for an unknown filter. */
  find(
    { timeline, version }: SearchedDialog,
    criteria: MessageCriteria,
  ): Promise<FoundMessages> | null {
    const matches = messageMatcher(criteria)
    if (matches === null) return null
    const { query, filter, from, minDate, maxDate } = criteria
    const author = from === null ? null : Object.values(from).map(String)
    const key = JSON.stringify([
      this.#serialOf(timeline),
      version,
      query,
      filter,
      author,
      minDate,
      maxDate,
    ])
    return this.#recent.get(key, () => {
      const found = scan(timeline, matches)
      // Failures are not cached. The caller gets the error from the promise itself.
      found.catch(() => this.#recent.forget(key))
      return found
    })
  }

  /** A number that identifies the timeline object in cache keys. */
  #serialOf(timeline: Timeline): number {
    const known = this.#serials.get(timeline)
    if (known !== undefined) return known
    this.#lastSerial += 1
    this.#serials.set(timeline, this.#lastSerial)
    return this.#lastSerial
  }
}

async function scan(
  timeline: Timeline,
  matches: NonNullable<ReturnType<typeof messageMatcher>>,
): Promise<FoundMessages> {
  const ids: number[] = []
  let lookedAt = 0
  for (const id of timeline.idsBelow(timeline.topId + 1)) {
    if (lookedAt === MAX_LOOKED_AT) return { ids, isComplete: false }
    lookedAt += 1
    if (lookedAt % TURN_MESSAGES === 0) await nextTurn()
    const message = timeline.get(id)
    if (message !== undefined && matches(message)) ids.push(id)
  }
  return { ids, isComplete: true }
}
