/**
 * Reference implementation of schedules for tests: it checks the wall-clock time of every single minute. Slow, but simple
 * enough to be correct.
 */
const MINUTE_MS = 60_000

interface Wall {
  readonly minute: number
  readonly hour: number
  readonly day: number
  readonly month: number
  readonly year: number
}

/** All instants of the pattern in `[from, to)`, in milliseconds since 1970; both bounds are whole minutes. */
export function oracleInstants(
  { pattern, timezone }: { pattern: string; timezone: string },
  from: number,
  to: number,
): number[] {
  const matches = matcherOf(pattern)
  const isFixedTime = !/[*/]/.test(pattern.split(' ').slice(0, 2).join(' '))
  const wallAt = wallClock(timezone)
  const instants: number[] = []
  // Wall-clock times of the 4 hours before `from` too, to detect times repeated by a backward change.
  const seen = new Set<number>()
  let before = asNumber(wallAt(from - 4 * 60 * MINUTE_MS - MINUTE_MS))
  for (let at = from - 4 * 60 * MINUTE_MS; at < to; at += MINUTE_MS) {
    const wall = wallAt(at)
    const shown = asNumber(wall)
    const isRepeated = seen.has(shown)
    seen.add(shown)
    const comes = isFixedTime
      ? (matches(wall) && !isRepeated) || skipped(before, shown).some(matches)
      : matches(wall)
    if (comes && at >= from) instants.push(at)
    before = shown
  }
  return instants
}

/** Wall-clock minutes that a forward change skips between two consecutive minutes. */
function skipped(before: number, shown: number): Wall[] {
  const walls: Wall[] = []
  for (let left = before + MINUTE_MS; left < shown; left += MINUTE_MS) walls.push(fromNumber(left))
  return walls
}

function wallClock(timeZone: string): (at: number) => Wall {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = (
      ['year', 'month', 'day', 'hour', 'minute'] as const
    ).map((type) => parts.get(type))
    return { year, month, day, hour, minute }
  }
}

function asNumber({ year, month, day, hour, minute }: Wall): number {
  return Date.UTC(year, month - 1, day, hour, minute)
}

function fromNumber(wall: number): Wall {
  const date = new Date(wall)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  }
}

/** Supports the cron syntax that the tests use: numbers, ranges, lists, `*` and steps. */
function matcherOf(pattern: string): (wall: Wall) => boolean {
  const [minute, hour, day, month, weekday] = pattern.split(' ').map(fieldOf)
  return (wall) => {
    const dayOfWeek = new Date(asNumber(wall)).getUTCDay()
    return (
      minute?.(wall.minute) === true &&
      hour?.(wall.hour) === true &&
      day?.(wall.day) === true &&
      month?.(wall.month) === true &&
      weekday?.(dayOfWeek) === true
    )
  }
}

function fieldOf(field: string): (value: number) => boolean {
  const parts = field.split(',').map((part) => {
    const [range = '', step = '1'] = part.split('/')
    if (range === '*') return (value: number) => value % Number(step) === 0
    const [low = 0, high = low] = range.split('-').map(Number)
    return (value: number) => value >= low && value <= high && (value - low) % Number(step) === 0
  })
  return (value) => parts.some((part) => part(value))
}
