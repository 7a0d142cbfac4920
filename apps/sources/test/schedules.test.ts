import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { nextInstants } from '../src/schedules/schedule.ts'
import { oracleInstants } from './cron-oracle.ts'
import { CHANGES, PATTERNS, simulateSchedules } from './schedule-simulation.ts'

const DAY_MS = 86_400_000

/** The day of each change of each zone: fourteen days in all. */
const WINDOWS = Object.entries(CHANGES).flatMap(([timezone, days]) =>
  days.map((day) => ({ timezone, day })),
)

/** Noon to noon of UTC, so that the change is within. */
function windowAround(day: string): { from: number; to: number } {
  const from = Date.parse(`${day}T00:00:00Z`) - DAY_MS / 2
  return { from, to: from + 2 * DAY_MS }
}

describe('a schedule', () => {
  test.each(WINDOWS)(
    'in $timezone around $day is what the wall clock says',
    ({ timezone, day }) => {
      const { from, to } = windowAround(day)
      for (const pattern of PATTERNS) {
        const schedule = { pattern, timezone }
        const expected = oracleInstants(schedule, from, to)
        const found = nextInstants(schedule, new Date(from - 1), expected.length + 1)
        expect(found.map(Number).filter((at) => at < to)).toEqual(expected)
      }
    },
  )

  test('whose time a jump across midnight skips comes when the clock has jumped', () => {
    const schedule = { pattern: '30 23 27 3 *', timezone: 'America/Nuuk' }
    const after = new Date('2027-01-01T00:00:00Z')
    expect(nextInstants(schedule, after, 2)).toEqual([
      new Date('2027-03-28T01:00:00Z'),
      new Date('2028-03-28T00:30:00Z'),
    ])
  })
})

describe('schedulers', () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await createTestDatabase(inject('postgresUrl'))
  })
  afterAll(() => database.close())

  test.each(WINDOWS)(
    'make one run for each instant in $timezone around $day, and one for those that were missed',
    async ({ timezone, day }) => {
      // The sources of other windows are due no more.
      await database.db.$client`update sources set next_run_at = null`
      const { made, expected } = await simulateSchedules(database.db, {
        zones: [timezone],
        ...windowAround(day),
      })
      expect(made).toEqual(expected)
    },
  )
})
