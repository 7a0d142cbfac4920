import { expect, test } from 'vitest'
import { LinkCount } from '../src/gramjs/link-count.ts'

/** Records rounds in which each of the first `useful` links has 5 MiB/s and further links have nothing. */
function run(count: LinkCount, rounds: number, { useful }: { useful: number }): number[] {
  return Array.from({ length: rounds }, () => {
    count.recordRound(5 * Math.min(count.value, useful), 10)
    return count.value
  })
}

test('links are doubled while throughput grows, up to four within seven rounds', () => {
  const count = new LinkCount()
  expect(run(count, 7, { useful: 9 })).toEqual([2, 2, 2, 4, 4, 4, 4])
  run(count, 20, { useful: 9 })
  expect(count.value).toBe(4)
})

test('links are doubled although the throughput varies by 20 %', () => {
  const swing = [0.8, 1, 1.2, 0.9, 1.1]
  for (let start = 0; start < swing.length; start++) {
    const count = new LinkCount()
    for (let round = 0; round < 7; round++)
      count.recordRound(5 * count.value * (swing[(start + round) % swing.length] ?? 1), 10)
    expect(count.value).toBe(4)
  }
})

test('rounds whose calls do not fill the links do not end a trial', () => {
  const count = new LinkCount()
  run(count, 1, { useful: 4 })
  for (let round = 0; round < 100; round++) count.recordRound(1, 1)
  expect(count.value).toBe(2)
  run(count, 6, { useful: 4 })
  expect(count.value).toBe(4)
})

test('a doubling without gain is reverted and retried with increasing backoff', () => {
  const count = new LinkCount()
  const seen = run(count, 1000, { useful: 2 })
  expect(Math.max(...seen)).toBe(4)
  expect(count.value).toBe(2)
  const tried = seen.flatMap((value, round) =>
    value === 4 && seen[round - 1] === 2 ? [round] : [],
  )
  const rests = tried.slice(1).map((round, index) => round - (tried[index] ?? 0))
  expect(rests.length).toBeGreaterThan(2)
  expect(rests).toEqual(rests.toSorted((a, b) => a - b))
})

test('a flood wait resets to one link for more than 100 rounds', () => {
  const count = new LinkCount()
  run(count, 20, { useful: 4 })
  count.shrink()
  expect(run(count, 100, { useful: 4 })).not.toContain(2)
  run(count, 100, { useful: 4 })
  expect(count.value).toBe(4)
})

test('calls that do not fill one link get no extra link', () => {
  const count = new LinkCount()
  for (let round = 0; round < 100; round++) count.recordRound(5, 0.75)
  expect(count.value).toBe(1)
})
