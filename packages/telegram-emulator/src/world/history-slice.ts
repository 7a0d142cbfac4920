import type { Timeline } from './model.ts'

/** The offsets of `messages.getHistory`; 0 stands for "not given" everywhere. */
export interface HistoryOffsets {
  /** The list starts below this message. */
  readonly offsetId: number
  /** The list starts with messages older than this, Unix seconds; ignored if `offsetId` is given. */
  readonly offsetDate: number
  /** Moves the start: by positive numbers towards older messages, by negative ones towards newer. */
  readonly addOffset: number
  readonly limit: number
  /** Keeps only ids strictly below this in the page. */
  readonly maxId: number
  /** Keeps only ids strictly above this in the page. */
  readonly minId: number
}

/**
 * Ids of one page, newest first, by the rules of core.telegram.org/api/offsets: the list of all messages is cut at
 * `offsetFromID(offset_id) + add_offset`, where the first term counts the messages from the newest down to `offset_id`
 * inclusive; `max_id` and `min_id` filter the result afterwards. A start above the newest message shortens the page.
 */
export function sliceHistory(timeline: Timeline, offsets: HistoryOffsets): number[] {
  const pivot = findPivot(timeline, offsets)
  const { addOffset, limit, maxId, minId } = offsets
  const newer = [...between(timeline.idsFrom(pivot), Math.max(0, -addOffset - limit), -addOffset)]
  const older = between(timeline.idsBelow(pivot), Math.max(0, addOffset), addOffset + limit)
  return [...newer.toReversed(), ...older].filter(
    (id) => (maxId === 0 || id < maxId) && (minId === 0 || id > minId),
  )
}

/** The id below which the page starts without `add_offset`. */
function findPivot(timeline: Timeline, { offsetId, offsetDate }: HistoryOffsets): number {
  if (offsetId > 0) return offsetId
  if (offsetDate > 0) return firstIdFromDate(timeline, offsetDate)
  return timeline.topId + 1
}

/** The lowest id with this date or a later one; dates ascend with ids. */
function firstIdFromDate(timeline: Timeline, date: number): number {
  let low = 1
  let high = timeline.topId + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const id = first(timeline.idsFrom(middle))
    if (id === undefined || dateOf(timeline, id) >= date) high = middle
    else low = id + 1
  }
  return low
}

function dateOf(timeline: Timeline, id: number): number {
  return timeline.get(id)?.tl['date'] as number
}

function first(ids: Iterable<number>): number | undefined {
  for (const id of ids) return id
  return undefined
}

/** Items from index `from` up to, not including, index `to`. */
function* between(ids: Iterable<number>, from: number, to: number): Iterable<number> {
  if (to <= from) return
  let index = 0
  for (const id of ids) {
    if (index >= from) yield id
    index += 1
    if (index >= to) return
  }
}
