import { expect, test } from 'vitest'
import { killRuns } from './run-kills.ts'

test('runs whose process is killed at 500 random points give the same archive as an undisturbed run', async () => {
  const { kills, undisturbed, disturbed, runs, leftovers } = await killRuns({ kills: 500, seed: 2 })
  expect(kills).toBe(500)
  for (const state of disturbed) expect(state).toEqual(undisturbed)
  for (const run of runs) expect(run.state).toBe('COMPLETED')
  expect(leftovers).toEqual([])
})
