import { setTimeout as delay } from 'node:timers/promises'
import { sendSignal } from '@telegather/events'
import { unlessAborted, WakeUp } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { claimNext, endDeadRuns, type Claims } from '../runs/claim-next.ts'
import { executeRun, type RunDeps } from '../archiving/execute-run.ts'
import {
  announceScraper,
  millisecondsToNextDeath,
  withdrawScraper,
} from '../runs/queries/claims.ts'
import { recordProgress, type RunRow } from '../runs/queries/run-state.ts'
import { RunLost } from '../runs/errors.ts'
import { finishAttempt } from '../archiving/finish-attempt.ts'

const MIN_NAP_MS = 50
const DEAD_POLL_MS = 1_000
/** Grace period of a run that must stop. After it the end of the attempt is committed while the execution may still hang. */
const STOP_MS = 500

export interface RunWorkerOptions {
  /** Runs at a time. */
  readonly concurrency: number
  readonly heartbeatMs: number
  /** A run without a heartbeat for this long is taken over by another worker; several heartbeats long. */
  readonly deadAfterMs: number
  /** The longest interval between two polls of Postgres, in case every signal is lost. */
  readonly pollMs: number
}

export interface RunWorker {
  /** Polls for due runs at once. */
  wake(): void
  /** Stops a run that is to be cancelled. Does nothing when this worker does not execute it. */
  cancel(runId: string): void
  /** Resolves when `signal` has aborted and the attempts of all executed runs are committed as ended. */
  readonly stopped: Promise<void>
  /** Resolves after `stopped`, when the executions themselves have ended. A hanging target may delay this. */
  readonly executed: Promise<unknown>
}

/** Neither promise rejects. */
interface ExecutedRun {
  readonly lost: AbortController
  /** Resolves when the end of the attempt is committed. */
  readonly finished: Promise<void>
  readonly executed: Promise<unknown>
}

/** Claims due runs and executes them until `signal` is aborted. */
export function startRunWorker(
  deps: RunDeps,
  options: RunWorkerOptions,
  signal: AbortSignal,
): RunWorker {
  const { db, log } = deps
  const { concurrency, heartbeatMs, deadAfterMs, pollMs } = options
  const claiming = { patienceMs: pollMs, deadAfterMs }
  const executing = new Map<string, ExecutedRun>()
  const wakeUp = new WakeUp()
  const scraperId = uuidv7()
  const sweepDeadRuns = createDeadRunSweep(deps)
  const wakeOthers = createWakeOthers(deps)

  function begin(run: RunRow): void {
    const lost = new AbortController()
    const work = workOn(deps, run, { lost, heartbeatMs, stopping: signal })
    executing.set(run.id, work)
    void forget(run.id, work)
  }

  /** Returns the milliseconds until the next poll; null when only a signal or a finished run changes something. */
  async function claimAll(): Promise<number | null> {
    let claims: Claims
    do {
      const room = concurrency - executing.size
      if (room <= 0) return null
      claims = await claimNext(db, { room, executing: executing.size, ...claiming })
      for (const run of claims.runs) begin(run)
      if (claims.leftRunId !== null) wakeOthers(claims.leftRunId)
    } while (claims.runs.length > 0 && claims.leftRunId === null && !signal.aborted)
    return claims.nextMs
  }

  async function forget(runId: string, work: ExecutedRun): Promise<void> {
    await Promise.all([work.finished, work.executed])
    if (executing.get(runId) === work) executing.delete(runId)
    wakeUp.call()
  }

  async function loop(): Promise<void> {
    await announce(deps, scraperId, deadAfterMs)
    const heartbeat = setInterval(() => void announce(deps, scraperId, deadAfterMs), heartbeatMs)
    while (!signal.aborted) {
      let napMs = pollMs
      try {
        for (const nextMs of [await sweepDeadRuns(), await claimAll()])
          if (nextMs !== null) napMs = Math.min(napMs, Math.max(nextMs, MIN_NAP_MS))
      } catch (error) {
        log.error({ err: error }, 'run.claim_failed')
      }
      await wakeUp.wait(napMs, signal)
    }
    clearInterval(heartbeat)
    await Promise.all([...executing.values()].map(({ finished }) => finished))
    await withdraw(deps, scraperId)
  }

  const stopped = loop()
  return {
    wake: () => wakeUp.call(),
    cancel: (runId) => executing.get(runId)?.lost.abort(new RunLost()),
    stopped,
    executed: stopped.then(() => Promise.all([...executing.values()].map((run) => run.executed))),
  }
}

async function announce(
  { db, log }: RunDeps,
  scraperId: string,
  deadAfterMs: number,
): Promise<void> {
  await announceScraper(db, scraperId, deadAfterMs).catch((error: unknown) =>
    log.warn({ err: error }, 'scraper.not_announced'),
  )
}

async function withdraw({ db, log }: RunDeps, scraperId: string): Promise<void> {
  await withdrawScraper(db, scraperId).catch((error: unknown) =>
    log.warn({ err: error }, 'scraper.not_withdrawn'),
  )
}

/**
 * Returns a function that ends runs of dead workers, at most once a second. It returns the milliseconds until the next
 * worker may be dead; null when no run is executed.
 */
function createDeadRunSweep({ db }: RunDeps): () => Promise<number | null> {
  let nextSweepAt = 0
  let nextDeathMs: number | null = null
  return async () => {
    if (performance.now() < nextSweepAt) return nextDeathMs
    nextSweepAt = performance.now() + DEAD_POLL_MS
    await endDeadRuns(db)
    nextDeathMs = await millisecondsToNextDeath(db)
    return nextDeathMs
  }
}

/** Returns a function that wakes other scrapers for a due run that this one leaves to them, once for each run. */
function createWakeOthers({ signals, log }: RunDeps): (runId: string) => void {
  let lastRunId = ''
  return (runId) => {
    if (lastRunId === runId) return
    lastRunId = runId
    sendSignal(signals, 'run.due', {}).catch((error: unknown) =>
      log.warn({ err: error }, 'run.due_not_sent'),
    )
  }
}

interface Work {
  readonly lost: AbortController
  readonly heartbeatMs: number
  readonly stopping: AbortSignal
}

/** Executes a claimed run and commits the end of the attempt. */
function workOn(deps: RunDeps, run: RunRow, work: Work): ExecutedRun {
  const { lost, stopping } = work
  const signal = AbortSignal.any([stopping, lost.signal])
  const executed = executeRun(deps, run, signal).then(
    () => null,
    (error: unknown) => ({ error }),
  )
  return { lost, finished: finish(deps, run, { ...work, signal, executed }), executed }
}

interface Execution extends Work {
  readonly signal: AbortSignal
  /** The error of the execution; null when it is complete. */
  readonly executed: Promise<{ readonly error: unknown } | null>
}

/**
 * Sends heartbeats until the run is executed or has to stop, then commits the end of the attempt. Does not wait for a
 * hanging execution, such as one on a target that does not answer: later writes of it are refused.
 */
async function finish(
  deps: RunDeps,
  run: RunRow,
  { lost, heartbeatMs, stopping, signal, executed }: Execution,
): Promise<void> {
  const startedAt = performance.now()
  const heartbeat = setInterval(() => {
    recordProgress(deps.db, run).then(
      (isOwn) => isOwn || lost.abort(new RunLost()),
      (error: unknown) => deps.log.warn({ err: error, runId: run.id }, 'run.heartbeat_failed'),
    )
  }, heartbeatMs)

  const failure = await unlessAborted(executed, signal).catch(async () => {
    const stopped = { error: signal.reason as unknown }
    return Promise.race([executed, delay(STOP_MS, stopped)])
  })
  clearInterval(heartbeat)

  const line = {
    runId: run.id,
    sourceId: run.sourceId,
    attempt: run.attempt,
    durationMs: Math.round(performance.now() - startedAt),
    ...(failure === null ? {} : { err: failure.error }),
  }
  try {
    const state = await finishAttempt(deps.db, run, { failure, stopping: stopping.aborted })
    deps.log.info({ ...line, state: state ?? 'LOST' }, 'attempt.finished')
  } catch (error) {
    // The run stays RUNNING without heartbeats, so another worker takes it over.
    deps.log.error({ ...line, err: error }, 'attempt.not_finished')
  }
}
