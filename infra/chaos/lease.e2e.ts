import { expect, test } from 'vitest'
import { ACT_NAMES } from './acts.ts'
import { leaseChaos } from './lease-chaos.ts'

test(
  'two gateways and two scrapers fight over one session, and it has one lease holder at a time',
  { timeout: 300_000 },
  async () => {
    const report = await leaseChaos({ rounds: ACT_NAMES.length, seed: 1 })
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
