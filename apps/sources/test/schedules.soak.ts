import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { nextInstants } from '../src/schedules/schedule.ts'
import { wallClock } from '../src/schedules/wall-clock.ts'
import { oracleInstants } from './cron-oracle.ts'
import { CHANGES, PATTERNS, simulateSchedules } from './schedule-simulation.ts'

const DAYS = 400
const DAY_MS = 86_400_000
const FROM = Date.parse('2026-01-01T00:00:00Z')

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase(inject('postgresUrl'))
})
afterAll(() => database.close())

test(`schedulers make one run per instant of ${DAYS} days in seven zones, and one for instants missed together`, async () => {
  const { made, expected } = await simulateSchedules(database.db, {
    zones: Object.keys(CHANGES),
    from: FROM,
    to: FROM + DAYS * DAY_MS,
  })
  process.stdout.write(`${made.length} runs in ${DAYS} days\n`)
  expect(made).toEqual(expected)
})

/** The first noon (UTC) after each clock change of a zone, for three years. */
function changesOf(timezone: string): number[] {
  const { wallAt } = wallClock(timezone)
  const changes: number[] = []
  for (let noon = FROM + DAY_MS / 2; noon < FROM + 3 * 365 * DAY_MS; noon += DAY_MS)
    if (wallAt(noon) - noon !== wallAt(noon - DAY_MS) - noon + DAY_MS) changes.push(noon)
  return changes
}

test('schedules in every time zone match the oracle around each clock change of three years', () => {
  let compared = 0
  for (const timezone of Intl.supportedValuesOf('timeZone'))
    for (const noon of changesOf(timezone)) {
      const [from, to] = [noon - 1.5 * DAY_MS, noon + DAY_MS / 2]
      for (const pattern of PATTERNS) {
        const expected = oracleInstants({ pattern, timezone }, from, to)
        const found = nextInstants({ pattern, timezone }, new Date(from - 1), expected.length + 1)
        expect({ timezone, pattern, found: found.map(Number).filter((at) => at < to) }).toEqual({
          timezone,
          pattern,
          found: expected,
        })
        compared++
      }
    }
  expect(compared).toBeGreaterThan(500)
})
