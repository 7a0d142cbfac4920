import { expect, test } from 'vitest'
import { killRuns } from './run-kills.ts'

test('runs that are killed at 500 random points end as one that was not', async () => {
  const { kills, undisturbed, disturbed, runs, leftovers } = await killRuns({ kills: 500, seed: 2 })
  expect(kills).toBe(500)
  for (const state of disturbed) expect(state).toEqual(undisturbed)
  for (const run of runs) expect(run.state).toBe('COMPLETED')
  expect(leftovers).toEqual([])
})
