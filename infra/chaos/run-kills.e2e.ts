import { expect, test } from 'vitest'
import { killRuns } from './run-kills.ts'

test(
  'runs whose process is killed at 20 random points give the same archive as an undisturbed run',
  { timeout: 600_000 },
  async () => {
    const report = await killRuns({ kills: 20, seed: 1 })
    expect(report.kills).toBe(20)
    expect(report.undisturbed.storedFiles).toBeGreaterThan(50)
    for (const state of report.disturbed) expect(state).toEqual(report.undisturbed)
    for (const run of report.runs)
      expect(run).toEqual({
        state: 'COMPLETED',
        messages: report.undisturbed.messages,
        files: report.undisturbed.storedFiles,
      })
    expect(report).toMatchObject({ leftovers: [], failures: 0 })
  },
)
