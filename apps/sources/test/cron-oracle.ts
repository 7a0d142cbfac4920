/**
 * What a schedule means, said in the plainest way: every minute of UTC is asked what the clock on the wall shows.
 * Slow, and so simple that it can be believed; the real thing is compared with it.
 */
const MINUTE_MS = 60_000

interface Wall {
  readonly minute: number
  readonly hour: number
  readonly day: number
  readonly month: number
  readonly year: number
}

/** Every instant of the pattern in `[from, to)`, whole minutes of UTC. */
export function oracleInstants(
  { pattern, timezone }: { pattern: string; timezone: string },
  from: number,
  to: number,
): number[] {
  const matches = matcherOf(pattern)
  const isFixedTime = !/[*/]/.test(pattern.split(' ').slice(0, 2).join(' '))
  const wallAt = wallClock(timezone)
  const instants: number[] = []
  // Enough to know what the clock has shown already when it is set back.
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

/** What the clock leaves out when it jumps forward from one minute to the next. */
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

/** Of the five fields those forms that the tests use: numbers, ranges and lists, all, and every nth. */
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
