import { expect, test } from 'vitest'
import { LinkCount } from '../src/gramjs/link-count.ts'

/** Rounds in which each of up to `useful` links brings 5 MiB/s, and one more brings nothing. */
function run(count: LinkCount, rounds: number, { useful }: { useful: number }): number[] {
  return Array.from({ length: rounds }, () => {
    count.note(5 * Math.min(count.value, useful), true)
    return count.value
  })
}

test('links are added as long as each brings more, up to four', () => {
  const count = new LinkCount()
  run(count, 20, { useful: 9 })
  expect(count.value).toBe(4)
})

test('a link that brings nothing is given back, and tried ever less often', () => {
  const count = new LinkCount()
  const seen = run(count, 1000, { useful: 2 })
  expect(Math.max(...seen)).toBe(3)
  expect(count.value).toBe(2)
  const tried = seen.flatMap((value, round) =>
    value === 3 && seen[round - 1] === 2 ? [round] : [],
  )
  const rests = tried.slice(1).map((round, index) => round - (tried[index] ?? 0))
  expect(rests.length).toBeGreaterThan(2)
  expect(rests).toEqual(rests.toSorted((a, b) => a - b))
})

test('a flood wait leaves one link, for a while', () => {
  const count = new LinkCount()
  run(count, 20, { useful: 4 })
  count.shrink()
  expect(run(count, 100, { useful: 4 })).not.toContain(2)
  run(count, 100, { useful: 4 })
  expect(count.value).toBe(4)
})

test('who does not wait gets no further link', () => {
  const count = new LinkCount()
  for (let round = 0; round < 100; round++) count.note(5, false)
  expect(count.value).toBe(1)
})
