import type { ChannelMessage, Timeline } from '../world/model.ts'

function countBelow(ids: readonly number[], limit: number): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] ?? Infinity) < limit) low = middle + 1
    else high = middle
  }
  return low
}

/** A timeline of messages in memory, by id. */
export function listTimeline(messages: ReadonlyMap<number, ChannelMessage>): Timeline {
  const ids = [...messages.keys()].toSorted((a, b) => a - b)
  return {
    count: ids.length,
    topId: ids.at(-1) ?? 0,
    get: (id) => messages.get(id),
    *idsBelow(beforeId) {
      for (let index = countBelow(ids, beforeId) - 1; index >= 0; index -= 1) {
        const id = ids[index]
        if (id !== undefined) yield id
      }
    },
    *idsFrom(fromId) {
      for (let index = countBelow(ids, fromId); index < ids.length; index += 1) {
        const id = ids[index]
        if (id !== undefined) yield id
      }
    },
  }
}
