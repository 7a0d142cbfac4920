import { runs, sources } from '@telegather/db'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { createLog } from '@telegather/service'
import { eq, inArray } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { scheduleDue } from '../src/schedules/schedule-due.ts'
import { nextInstants } from '../src/schedules/schedule.ts'
import { oracleInstants } from './cron-oracle.ts'
import { CHANGES, PATTERNS, simulateSchedules } from './schedule-simulation.ts'

const DAY_MS = 86_400_000

/** Each clock change of each zone: 14 days. */
const WINDOWS = Object.entries(CHANGES).flatMap(([timezone, days]) =>
  days.map((day) => ({ timezone, day })),
)

/** Two days, from noon (UTC) of the day before to noon of the day after. */
function windowAround(day: string): { from: number; to: number } {
  const from = Date.parse(`${day}T00:00:00Z`) - DAY_MS / 2
  return { from, to: from + 2 * DAY_MS }
}

describe('a schedule', () => {
  test.each(WINDOWS)(
    'the instants of a schedule in $timezone around $day match the oracle',
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

  test('a scheduled time skipped by a clock change across midnight comes right after the change', () => {
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
    'schedulers make one run per instant in $timezone around $day, and one for instants missed together',
    async ({ timezone, day }) => {
      // Unschedules the sources of earlier tests.
      await database.db.$client`update sources set next_run_at = null`
      const { made, expected } = await simulateSchedules(database.db, {
        zones: [timezone],
        ...windowAround(day),
      })
      expect(made).toEqual(expected)
    },
  )

  test('an invalid schedule of one source does not stop the runs of other sources', async () => {
    await database.db.$client`update sources set next_run_at = null`
    const due = new Date('2026-06-01T03:00:00Z')
    const zones = ['Europe/Berlin', 'Europe/Atlantis', 'Asia/Beirut']
    const added = await database.db
      .insert(sources)
      .values(
        zones.map((timezone) => ({
          ownerKind: 'operator' as const,
          name: timezone,
          identifier: '@a_channel',
          channelTitle: 'A channel',
          accessLevel: 'public' as const,
          target: 'LOCAL' as const,
          schedule: '0 6 * * *',
          timezone,
          nextRunAt: due,
        })),
      )
      .returning()
    await scheduleDue(database.db, createLog({ name: 'test', level: 'silent' }), due)

    const made = await database.db
      .select({ sourceId: runs.sourceId, scheduledFor: runs.scheduledFor })
      .from(runs)
      .where(eq(runs.scheduledFor, due))
    expect(made).toHaveLength(3)
    const next = await database.db
      .select({ timezone: sources.timezone, nextRunAt: sources.nextRunAt })
      .from(sources)
      .where(
        inArray(
          sources.id,
          added.map(({ id }) => id),
        ),
      )
      .orderBy(sources.id)
    expect(next.map(({ timezone, nextRunAt }) => [timezone, nextRunAt?.toISOString()])).toEqual([
      ['Europe/Berlin', '2026-06-01T04:00:00.000Z'],
      ['Europe/Atlantis', undefined],
      ['Asia/Beirut', '2026-06-02T03:00:00.000Z'],
    ])
  })
})
