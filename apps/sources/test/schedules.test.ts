import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { nextInstants } from '../src/schedules/schedule.ts'
import { oracleInstants } from './cron-oracle.ts'
import { CHANGES, PATTERNS, simulateSchedules } from './schedule-simulation.ts'

const DAY_MS = 86_400_000

/** The day of each change of each zone: ten days in all. */
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
