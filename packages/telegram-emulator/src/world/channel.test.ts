import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Channel } from './channel.ts'
import type { ChannelBlueprint, ChannelMessage } from './model.ts'

function blueprintOf(ids: readonly number[]): ChannelBlueprint {
  const ascending = ids.toSorted((a, b) => a - b)
  return {
    id: 1n,
    accessHash: 1n,
    title: '',
    username: null,
    kind: 'broadcast',
    about: '',
    participantsCount: 1,
    createdAt: 0,
    people: [],
    timeline: {
      count: ids.length,
      topId: ascending.at(-1) ?? 0,
      get: (id) => (ids.includes(id) ? message(id) : undefined),
      idsBelow: (beforeId) => ascending.toReversed().filter((id) => id < beforeId),
      idsFrom: (fromId) => ascending.filter((id) => id >= fromId),
    },
  }
}

function message(id: number): ChannelMessage {
  return { tl: { _: 'message', id }, media: null }
}

test('blueprint messages and posts read as one list', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 20 }))
  fc.assert(
    fc.property(ids, ids, fc.integer({ min: 1, max: 45 }), (begun, steps, pivot) => {
      const channel = new Channel(blueprintOf(begun))
      const top = channel.topId
      const posted = steps.map((step) => top + step).toSorted((a, b) => a - b)
      for (const id of posted) channel.append(id, message(id))
      const all = [...begun.toSorted((a, b) => a - b), ...posted]
      expect([...channel.idsFrom(pivot)]).toEqual(all.filter((id) => id >= pivot))
      expect([...channel.idsBelow(pivot)]).toEqual(all.filter((id) => id < pivot).toReversed())
      expect(channel.count).toBe(all.length)
      expect(channel.topId).toBe(all.at(-1) ?? 0)
      for (const id of all) expect(channel.get(id)?.tl['id']).toBe(id)
    }),
  )
})

test('deleted messages are omitted, edited ones replaced, and no id is used twice', () => {
  const channel = new Channel(blueprintOf([3, 5]))
  channel.append(6, message(6))
  channel.replace(3, { tl: { _: 'message', id: 3, message: 'edited' }, media: null })
  for (const id of [5, 6, 4, 9]) channel.delete(id)
  expect([...channel.idsFrom(1)]).toEqual([3])
  expect([...channel.idsBelow(10)]).toEqual([3])
  expect(channel).toMatchObject({ count: 1, topId: 3, nextId: 7 })
  expect(channel.get(3)?.tl['message']).toBe('edited')
  expect(channel.get(5)).toBeUndefined()
  expect([3, 4, 5].map((id) => channel.isOriginal(id))).toEqual([false, true, false])
})

test('append rejects an id that is not above the newest message', () => {
  const channel = new Channel(blueprintOf([3, 5]))
  channel.append(6, message(6))
  for (const id of [4, 6]) expect(() => channel.append(id, message(id))).toThrow(RangeError)
})
