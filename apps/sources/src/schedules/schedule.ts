import { Cron } from 'croner'
import { wallClock, type WallClock } from './wall-clock.ts'

/** The schedule, or its time zone, cannot be used; the message says why, for people. */
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

const MAX_REMEMBERED = 1000
const remembered = new Map<string, (after: Date, count: number) => Date[]>()

/**
 * The next `count` instants of a schedule that come after `after`; fewer where it ends. Five fields of cron or a
 * nickname such as `@daily`, read in `timezone` (IANA).
 *
 * When clocks change: a fixed time of day that is skipped comes when the clock has jumped, one that is repeated comes
 * once; every n minutes or hours keeps its pace, whatever the clock says. Throws BadSchedule.
 */
export function nextInstants(schedule: Schedule, after: Date, count: number): Date[] {
  return instantsOf(schedule)(after, count)
}

/** Throws BadSchedule for what is no schedule or never comes, and for a time zone that there is not. */
export function checkSchedule(schedule: { pattern: string | null; timezone: string }): void {
  const { pattern, timezone } = schedule
  if (pattern === null) checkTimezone(timezone)
  else if (nextInstants({ pattern, timezone }, new Date(), 1).length === 0)
    throw new BadSchedule(`The schedule ${pattern} never comes`)
}

function instantsOf(schedule: Schedule): (after: Date, count: number) => Date[] {
  const { pattern, timezone } = schedule
  const key = `${timezone} ${pattern}`
  const known = remembered.get(key)
  if (known) return known
  checkTimezone(timezone)
  const cron = readCron(pattern, isFixedTime(pattern) ? 'UTC' : timezone)
  const instants = isFixedTime(pattern)
    ? (after: Date, count: number) => fixedInstants(cron, wallClock(timezone), { after, count })
    : (after: Date, count: number) => cron.nextRuns(count, after)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(key, instants)
  return instants
}

/** Whether minute and hour are given, and not every so many. */
function isFixedTime(pattern: string): boolean {
  if (pattern.startsWith('@')) return pattern.toLowerCase() !== '@hourly'
  return !/[*/]/.test(pattern.split(/ +/, 2).join(' '))
}

/** `cron` is read as if the wall clock were UTC, so that no change of clocks is in its way, not even across midnight. */
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
  // Besides patterns, croner reads instants; and `?` as the time at which it reads.
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
