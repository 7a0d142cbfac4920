import { expect, test } from 'vitest'
import { PROCESS_FAULT_NAMES } from './process-faults.ts'
import { leaseChaos } from './lease-chaos.ts'

test(
  'a session that two gateways and two scrapers use has one lease holder at a time, under faults of all processes',
  { timeout: 300_000 },
  async () => {
    const report = await leaseChaos({ rounds: PROCESS_FAULT_NAMES.length, seed: 1 })
    expect(report).toMatchObject({
      mostPeers: 1,
      duplicates: 0,
      keysDestroyed: 0,
      sessionState: 'active',
      writes: { stale: 0, unfenced: 0 },
      failures: 0,
      calls: { wrong: [] },
    })
    expect(report.writes.rows).toBeGreaterThan(0)
    expect(report.archive.stored).toBe(report.archive.sent)
  },
)
