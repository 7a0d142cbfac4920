import { Cron } from 'croner'
import { wallClock, type WallClock } from './wall-clock.ts'

/** A schedule or its time zone is invalid. The message gives the reason and is written for users. */
export class BadSchedule extends Error {
  override readonly name = 'BadSchedule'
  readonly field: 'schedule' | 'timezone'

  constructor(message: string, options: ErrorOptions & { field?: 'schedule' | 'timezone' } = {}) {
    super(message, options)
    this.field = options.field ?? 'schedule'
  }
}

interface Schedule {
  readonly pattern: string
  readonly timezone: string
}

const MAX_CACHED = 1000
const cache = new Map<string, (after: Date, count: number) => Date[]>()

/**
 * The next `count` instants of a schedule after `after`; fewer when the schedule ends. A schedule is five cron fields or a
 * nickname such as `@daily`, in the IANA time zone `timezone`. Throws BadSchedule.
 *
 * When the clocks change, a fixed time of day that is skipped runs at the instant of the jump, and one that is repeated
 * runs once. Schedules of every n minutes or hours keep their interval.
 */
export function nextInstants(schedule: Schedule, after: Date, count: number): Date[] {
  return instantsOf(schedule)(after, count)
}

/** Throws BadSchedule for an invalid schedule, one without a future instant, and an unknown time zone. */
export function checkSchedule(schedule: { pattern: string | null; timezone: string }): void {
  const { pattern, timezone } = schedule
  if (pattern === null) checkTimezone(timezone)
  else if (nextInstants({ pattern, timezone }, new Date(), 1).length === 0)
    throw new BadSchedule(`The schedule ${pattern} never comes`)
}

function instantsOf(schedule: Schedule): (after: Date, count: number) => Date[] {
  const { pattern, timezone } = schedule
  const key = `${timezone} ${pattern}`
  const cached = cache.get(key)
  if (cached) return cached
  checkTimezone(timezone)
  const cron = readCron(pattern, isFixedTime(pattern) ? 'UTC' : timezone)
  const instants = isFixedTime(pattern)
    ? (after: Date, count: number) => fixedInstants(cron, wallClock(timezone), { after, count })
    : (after: Date, count: number) => cron.nextRuns(count, after)
  if (cache.size >= MAX_CACHED) cache.clear()
  cache.set(key, instants)
  return instants
}

/** True for a fixed time of day: minute and hour have no `*` and no step. */
function isFixedTime(pattern: string): boolean {
  if (pattern.startsWith('@')) return pattern.toLowerCase() !== '@hourly'
  return !/[*/]/.test(pattern.split(/ +/, 2).join(' '))
}

/** Computes the instants in wall time, with `cron` in UTC, so that changes of the clocks do not affect it. */
function fixedInstants(
  cron: Cron,
  clock: WallClock,
  { after, count }: { after: Date; count: number },
): Date[] {
  const instants: Date[] = []
  let last = after.getTime()
  let wall = cron.nextRun(new Date(clock.wallAt(last)))
  while (wall && instants.length < count) {
    const at = clock.instantOf(wall.getTime())
    if (at > last) {
      instants.push(new Date(at))
      last = at
    }
    wall = cron.nextRun(wall)
  }
  return instants
}

function readCron(pattern: string, timezone: string): Cron {
  // croner also accepts dates, and `?` for the current time. Both are refused.
  if (!/^(@[a-z]+|[^\s?]+( +[^\s?]+){4})$/i.test(pattern))
    throw new BadSchedule(`${pattern} is no schedule: five fields of cron are expected`)
  try {
    return new Cron(pattern, { mode: '5-part', fixedTimeRule: 'no-wildcard', timezone })
  } catch (error) {
    throw new BadSchedule(`${pattern} is no schedule: ${reasonOf(error)}`, { cause: error })
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Cron\w*: /, '') : String(error)
}

function checkTimezone(name: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format()
  } catch (cause) {
    throw new BadSchedule(`There is no time zone ${name}`, { cause, field: 'timezone' })
  }
}
