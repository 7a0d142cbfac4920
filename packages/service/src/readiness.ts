import type { Logger } from 'pino'

/** Checks one dependency of the service: resolves when it is usable, otherwise rejects or times out. */
export type ReadyCheck = (signal: AbortSignal) => Promise<unknown>

export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, 'ok' | 'failed' | 'timed out'>>
}

const CHECK_DEADLINE_MS = 2_000

/**
 * Runs named checks concurrently, each with a deadline of 2 s. A change of the result is logged once, with
 * the errors. The result itself is public, so it contains only the names and outcomes of the checks.
 */
export function createReadiness(
  log: Logger,
  checks: Readonly<Record<string, ReadyCheck>>,
): () => Promise<Readiness> {
  let wasReady = true
  return async () => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => ({ name, ...(await run(check)) })),
    )
    const ready = results.every(({ outcome }) => outcome === 'ok')
    if (ready !== wasReady) {
      const failing = results.filter(({ outcome }) => outcome !== 'ok')
      if (ready) log.info('service.ready')
      else log.warn({ failing }, 'service.not_ready')
      wasReady = ready
    }
    return { ready, checks: Object.fromEntries(results.map((r) => [r.name, r.outcome])) }
  }
}

async function run(check: ReadyCheck) {
  const signal = AbortSignal.timeout(CHECK_DEADLINE_MS)
  try {
    await Promise.race([check(signal), rejectOnAbort(signal)])
    return { outcome: 'ok' as const }
  } catch (err) {
    return signal.aborted ? { outcome: 'timed out' as const } : { outcome: 'failed' as const, err }
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
