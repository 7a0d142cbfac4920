const MINUTE_MS = 60_000
/** Bounds of any zone's offset behind and ahead of UTC, with the longest change of a clock added. */
const BEHIND_MS = 14 * 60 * MINUTE_MS
const AHEAD_MS = 16 * 60 * MINUTE_MS

/** Converts between instants and the wall time of one zone. A wall time is the milliseconds of the same time in UTC. */
export interface WallClock {
  readonly wallAt: (instant: number) => number
  /** The first instant with the wall time `wall`; for a wall time that a clock change skips, the instant of the change. */
  readonly instantOf: (wall: number) => number
}

export function wallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })

  function wallAt(instant: number): number {
    const parts = new Map(
      format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    )
    const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
    const wall = Date.UTC(
      of('year'),
      of('month') - 1,
      of('day'),
      of('hour'),
      of('minute'),
      of('second'),
    )
    return wall + (((instant % 1000) + 1000) % 1000)
  }

  const offsetAt = (instant: number) => wallAt(instant) - instant

  function instantOf(wall: number): number {
    const [from, to] = [wall - AHEAD_MS, wall + BEHIND_MS]
    const [before, after] = [offsetAt(from), offsetAt(to)]
    if (before === after) return wall - before
    const change = changeBetween(from, to, before)
    if (wall - before < change) return wall - before
    return Math.max(change, wall - after)
  }

  /** The first whole minute whose offset is not `before`, by binary search. */
  function changeBetween(from: number, to: number, before: number): number {
    let [low, high] = [Math.floor(from / MINUTE_MS), Math.ceil(to / MINUTE_MS)]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (offsetAt(middle * MINUTE_MS) === before) low = middle
      else high = middle
    }
    return high * MINUTE_MS
  }

  return { wallAt, instantOf }
}
