import { setTimeout as delay } from 'node:timers/promises'
import type { Supervised } from './supervise.ts'

const PROBE_MS = 30

export interface Waiting {
  /** Aborts the wait; its reason is thrown. */
  readonly signal: AbortSignal
  /** Processes whose `hopeless` ends the wait. */
  readonly processes: readonly Supervised[]
}

/** Probes until there is a result. Throws `ProcessHopeless` when a process does not start. */
export async function waitUntil<T>(
  probe: () => T | Promise<T>,
  { signal, processes }: Waiting,
): Promise<NonNullable<T>> {
  const hopeless = processes.map((process) => process.hopeless)
  for (;;) {
    signal.throwIfAborted()
    const answer = await Promise.race([probe(), ...hopeless])
    if (answer !== undefined && answer !== null && answer !== false) return answer
    await Promise.race([delay(PROBE_MS, undefined, { signal }), ...hopeless])
  }
}
