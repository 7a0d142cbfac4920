import { nextInstants } from './schedule.ts'

const INSTANTS_AHEAD = 3
const MAX_REMEMBERED = 10_000
const remembered = new Map<string, readonly string[]>()

/**
 * The next three instants of a schedule, beginning with `nextRunAt`, which may be over when nobody has made that run
 * yet. They stay the same until it has been made, and take a tenth of a millisecond to compute: a list of a thousand
 * sources would hold everybody else up.
 */
export function instantsAhead(
  schedule: { readonly pattern: string; readonly timezone: string },
  nextRunAt: Date,
): string[] {
  const key = `${nextRunAt.getTime()} ${schedule.timezone} ${schedule.pattern}`
  let instants = remembered.get(key)
  if (!instants) {
    const later = nextInstants(schedule, nextRunAt, INSTANTS_AHEAD - 1)
    instants = [nextRunAt, ...later].map((instant) => instant.toISOString())
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    remembered.set(key, instants)
  }
  return [...instants]
}
