import { nextInstants } from './schedule.ts'

const INSTANTS_AHEAD = 3
const MAX_CACHED = 10_000
const cache = new Map<string, readonly string[]>()

/**
 * The next three instants of a schedule. The first is `nextRunAt`, which may be past while its run is not added yet. The
 * result is cached: it changes only with `nextRunAt` and takes 0.1 ms to compute, 100 ms of blocked event loop for a list
 * of 1000 sources.
 */
export function instantsAhead(
  schedule: { readonly pattern: string; readonly timezone: string },
  nextRunAt: Date,
): string[] {
  const key = `${nextRunAt.getTime()} ${schedule.timezone} ${schedule.pattern}`
  let instants = cache.get(key)
  if (!instants) {
    const later = nextInstants(schedule, nextRunAt, INSTANTS_AHEAD - 1)
    instants = [nextRunAt, ...later].map((instant) => instant.toISOString())
    if (cache.size >= MAX_CACHED) cache.clear()
    cache.set(key, instants)
  }
  return [...instants]
}
