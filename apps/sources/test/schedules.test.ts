import { sources, type Db } from '@telegather/db'
import { createTestDatabase, type TestDatabase } from '@telegather/db/testing'
import { createLog } from '@telegather/service'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { scheduleDue } from '../src/schedules/schedule-due.ts'
import { nextInstants } from '../src/schedules/schedule.ts'
import { oracleInstants } from './cron-oracle.ts'

const DAY_MS = 86_400_000
const SCHEDULERS = 8

/** Five zones, the day of each of their two changes of 2026: ten days in all. One changes by half an hour. */
const CHANGES = {
  'Europe/Berlin': ['2026-03-29', '2026-10-25'],
  'America/New_York': ['2026-03-08', '2026-11-01'],
  'Australia/Lord_Howe': ['2026-04-05', '2026-10-04'],
  'America/Santiago': ['2026-04-05', '2026-09-06'],
  'Africa/Cairo': ['2026-04-24', '2026-10-30'],
} as const

const PATTERNS = ['30 2 * * *', '0,30 0-3 * * *', '*/20 * * * *', '15 */2 * * 0,6', '59 23 * * *']

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
  const log = createLog({ name: 'test', level: 'silent' })

  beforeAll(async () => {
    database = await createTestDatabase(inject('postgresUrl'))
  })
  afterAll(() => database.close())

  test.each(WINDOWS)(
    'make one run for each instant in $timezone around $day, and one for those that were missed',
    async ({ timezone, day }) => {
      const { db } = database
      const { from, to } = windowAround(day)
      const random = randomOf(from)
      const due = new Map<number, number[]>()
      for (const pattern of PATTERNS) {
        const instants = oracleInstants({ pattern, timezone }, from, to)
        due.set(await addSource(db, { pattern, timezone, first: instants[0] ?? to }), instants)
      }
      const expected: string[] = []
      let unfinished = new Set<number>()
      for (let now = from; now < to;) {
        const next = Math.min(...[...due.values()].map(([first = Infinity]) => first))
        // Now and then nobody schedules for hours.
        now = next + (random() < 0.1 ? random() * DAY_MS * 0.3 : random() * 59_000)
        if (now >= to) break
        for (const [id, instants] of due) {
          const missed = instants.findIndex((at) => at > now)
          const over = instants.splice(0, missed === -1 ? instants.length : missed)
          if (over[0] !== undefined && !unfinished.has(id)) expected.push(`${id} ${over[0]}`)
        }
        await Promise.all(
          Array.from({ length: SCHEDULERS }, () => scheduleDue(db, log, new Date(now))),
        )
        unfinished = await finishSome(db, random)
      }
      const made = await db.$client<{ source_id: number; at: number }[]>`
        select source_id, extract(epoch from scheduled_for)::float8 * 1000 as at from runs
        where scheduled_for < ${new Date(to).toISOString()} and source_id in ${db.$client([...due.keys()])}`
      expect(made.map(({ source_id, at }) => `${source_id} ${at}`).toSorted()).toEqual(
        expected.toSorted(),
      )
    },
  )
})

async function addSource(
  db: Db,
  { pattern, timezone, first }: { pattern: string; timezone: string; first: number },
): Promise<number> {
  const [row] = await db
    .insert(sources)
    .values({
      name: pattern,
      identifier: '@a_channel',
      channelTitle: 'A channel',
      accessLevel: 'public',
      target: 'LOCAL',
      schedule: pattern,
      timezone,
      nextRunAt: new Date(first),
    })
    .returning({ id: sources.id })
  if (!row) throw new Error('no source')
  return row.id
}

/** Ends most of the runs; answers whose are still under way. */
async function finishSome(db: Db, random: () => number): Promise<Set<number>> {
  await db.$client`update runs set state = 'COMPLETED' where state <> 'COMPLETED' and random() < ${random()}`
  const rows = await db.$client<{ source_id: number }[]>`
    select source_id from runs where state <> 'COMPLETED'`
  return new Set(rows.map(({ source_id }) => source_id))
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
