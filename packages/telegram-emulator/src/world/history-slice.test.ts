import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { sliceHistory, type HistoryOffsets } from './history-slice.ts'
import type { Timeline } from './model.ts'

const DEFAULTS: HistoryOffsets = {
  offsetId: 0,
  offsetDate: 0,
  addOffset: 0,
  limit: 3,
  maxId: 0,
  minId: 0,
}

/** The message with id N has the date 1000 + N. */
function timelineOf(ids: readonly number[]): Timeline {
  const ascending = ids.toSorted((a, b) => a - b)
  return {
    count: ids.length,
    topId: ascending.at(-1) ?? 0,
    get: (id) =>
      ids.includes(id) ? { tl: { _: 'message', id, date: 1000 + id }, media: null } : undefined,
    idsBelow: (beforeId) => ascending.toReversed().filter((id) => id < beforeId),
    idsFrom: (fromId) => ascending.filter((id) => id >= fromId),
  }
}

const GAPPED = timelineOf([2, 3, 5, 8, 9, 12])

test.each<[string, Partial<HistoryOffsets>, number[]]>([
  ['the newest page', {}, [12, 9, 8]],
  ['the page below an id', { offsetId: 9 }, [8, 5, 3]],
  ['the page below an id that does not exist', { offsetId: 7 }, [5, 3, 2]],
  ['a negative offset includes the id itself', { offsetId: 5, addOffset: -3 }, [9, 8, 5]],
  ['a page around an id', { offsetId: 8, addOffset: -1 }, [8, 5, 3]],
  ['only newer messages', { offsetId: 3, addOffset: -4 }, [9, 8, 5]],
  ['above the top the page gets shorter', { offsetId: 12, addOffset: -3 }, [12]],
  ['a negative offset at the top returns the newest page', { addOffset: -2 }, [12]],
  ['a positive offset skips', { addOffset: 2 }, [8, 5, 3]],
  ['beyond the oldest', { addOffset: 9 }, []],
  ['messages before a date', { offsetDate: 1008 }, [5, 3, 2]],
  ['messages before a date between two messages', { offsetDate: 1007 }, [5, 3, 2]],
  ['an id outranks a date', { offsetId: 5, offsetDate: 1012 }, [3, 2]],
  ['max_id filters the page, it does not move it', { maxId: 9 }, [8]],
  ['both bounds', { limit: 6, maxId: 12, minId: 3 }, [9, 8, 5]],
])('%s', (_name, offsets, expected) => {
  expect(sliceHistory(GAPPED, { ...DEFAULTS, ...offsets })).toEqual(expected)
})

test('equals a slice of the whole list', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 60 }))
  const offsets = fc.record({
    offsetId: fc.integer({ min: 1, max: 65 }),
    addOffset: fc.integer({ min: -70, max: 70 }),
    limit: fc.integer({ min: 1, max: 20 }),
  })
  fc.assert(
    fc.property(ids, offsets, (present, offsets) => {
      const list = present.toSorted((a, b) => b - a)
      const start = list.filter((id) => id >= offsets.offsetId).length + offsets.addOffset
      const expected = list.slice(Math.max(0, start), Math.max(0, start + offsets.limit))
      expect(sliceHistory(timelineOf(present), { ...DEFAULTS, ...offsets })).toEqual(expected)
    }),
  )
})
