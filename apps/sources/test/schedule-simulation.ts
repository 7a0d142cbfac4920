import { sources, type Db } from '@telegather/db'
import { createLog } from '@telegather/service'
import { scheduleDue } from '../src/schedules/schedule-due.ts'
import { oracleInstants } from './cron-oracle.ts'

const SCHEDULERS = 8
const HOUR_MS = 3_600_000

/**
 * Seven time zones with the days of their two clock changes in 2026. One zone changes by 30 minutes, two change at or to
 * midnight, one across midnight.
 */
export const CHANGES = {
  'Europe/Berlin': ['2026-03-29', '2026-10-25'],
  'America/New_York': ['2026-03-08', '2026-11-01'],
  'Australia/Lord_Howe': ['2026-04-05', '2026-10-04'],
  'America/Santiago': ['2026-04-05', '2026-09-06'],
  'Africa/Cairo': ['2026-04-24', '2026-10-30'],
  'America/Nuuk': ['2026-03-29', '2026-10-25'],
  'Asia/Beirut': ['2026-03-29', '2026-10-25'],
} as const

export const PATTERNS = [
  '30 2 * * *',
  '0,30 0-3 * * *',
  '*/20 * * * *',
  '15 */2 * * 0,6',
  '59 23 * * *',
]

/** A source of the simulation. `instants` are its scheduled times, sorted; `next` is the index of the next one. */
interface Simulated {
  readonly id: number
  readonly instants: readonly number[]
  next: number
}

/** Runs as sorted texts "source instant". */
interface Simulation {
  readonly made: string[]
  readonly expected: string[]
}

/**
 * Simulates eight concurrent schedulers for every pattern in every zone from `from` to `to`. The clock moves from instant
 * to instant, sometimes by hours without scheduling, and some runs are unfinished when the next one is due. Expected, from
 * the oracle: one run per instant, one for all instants missed together, and none while a run is unfinished.
 */
export async function simulateSchedules(
  db: Db,
  { zones, from, to }: { zones: readonly string[]; from: number; to: number },
): Promise<Simulation> {
  const log = createLog({ name: 'test', level: 'silent' })
  const random = randomOf(from)
  const simulated = await addSources(db, zones, { from, to })
  const expected: string[] = []
  const unfinished = new Set<number>()
  for (;;) {
    const next = Math.min(...simulated.map((source) => source.instants[source.next] ?? Infinity))
    const now = next + (random() < 0.1 ? random() * 7 * HOUR_MS : random() * 59_000)
    if (now >= to) break
    for (const source of simulated) {
      const due = source.instants[source.next]
      if (due === undefined || due > now) continue
      while ((source.instants[source.next] ?? Infinity) <= now) source.next++
      if (!unfinished.has(source.id)) expected.push(`${source.id} ${due}`)
      unfinished.add(source.id)
    }
    await Promise.all(Array.from({ length: SCHEDULERS }, () => scheduleDue(db, log, new Date(now))))
    const share = random()
    const finished = [...unfinished].filter(() => random() < share)
    await finishRuns(db, finished)
    for (const id of finished) unfinished.delete(id)
  }
  const made = await selectRuns(
    db,
    simulated.map(({ id }) => id),
  )
  return { made: made.toSorted(), expected: expected.toSorted() }
}

async function addSources(
  db: Db,
  zones: readonly string[],
  { from, to }: { from: number; to: number },
): Promise<Simulated[]> {
  const schedules = zones.flatMap((timezone) => PATTERNS.map((pattern) => ({ timezone, pattern })))
  return Promise.all(
    schedules.map(async (schedule) => {
      const instants = oracleInstants(schedule, from, to)
      return {
        id: await addSource(db, { ...schedule, first: instants[0] ?? to }),
        instants,
        next: 0,
      }
    }),
  )
}

async function addSource(
  db: Db,
  { pattern, timezone, first }: { pattern: string; timezone: string; first: number },
): Promise<number> {
  const [row] = await db
    .insert(sources)
    .values({
      ownerKind: 'operator',
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

async function finishRuns(db: Db, sourceIds: readonly number[]): Promise<void> {
  if (sourceIds.length === 0) return
  await db.$client`
    update runs set state = 'COMPLETED' where state = 'PENDING' and source_id in ${db.$client(sourceIds)}`
}

async function selectRuns(db: Db, sourceIds: readonly number[]): Promise<string[]> {
  const rows = await db.$client<{ source_id: number; at: number }[]>`
    select source_id, extract(epoch from scheduled_for)::float8 * 1000 as at from runs
    where source_id in ${db.$client(sourceIds)}`
  return rows.map(({ source_id, at }) => `${source_id} ${at}`)
}

/** Seeded random numbers from 0 to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
