import { setTimeout as delay } from 'node:timers/promises'
import { sendSignal } from '@telegather/events'
import { unlessAborted, WakeUp } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { claimNext, endSilent } from '../runs/claim-next.ts'
import { executeRun, type RunDeps } from '../runs/execute-run.ts'
import { announceScraper, millisecondsToNextRun, withdrawScraper } from '../runs/queries/claims.ts'
import { recordProgress, type RunRow } from '../runs/queries/run-state.ts'
import { RunLost } from '../runs/run-lost.ts'
import { settleRun } from '../runs/settle-run.ts'

const MIN_NAP_MS = 50
/** How long a run that is told to stop may take to put things in order before its end is settled without that. */
const STOP_MS = 500

export interface RunWorkerOptions {
  /** Runs at a time. */
  readonly concurrency: number
  readonly heartbeatMs: number
  /** Silence after which another worker takes a run over; several heartbeats long. */
  readonly deadAfterMs: number
  /** The longest sleep between two looks into Postgres, should every event be lost. */
  readonly pollMs: number
}

export interface RunWorker {
  /** Looks for due runs at once. */
  wake(): void
  /** Stops a run that is to be cancelled, where it is executed here. */
  cancel(runId: string): void
  /** Ends when `signal` is aborted and every run under way has been handed back. */
  readonly stopped: Promise<void>
}

interface RunUnderWay {
  readonly lost: AbortController
  readonly work: Promise<void>
}

/** Claims due runs and executes them until `signal` is aborted. */
export function startRunWorker(
  deps: RunDeps,
  options: RunWorkerOptions,
  signal: AbortSignal,
): RunWorker {
  const { db, log } = deps
  const { concurrency, heartbeatMs, deadAfterMs, pollMs } = options
  const underWay = new Map<string, RunUnderWay>()
  const wakeUp = new WakeUp()
  const scraperId = uuidv7()
  const tellOthers = tellingOthers(deps)
  const announce = () =>
    announceScraper(db, scraperId).catch((error: unknown) =>
      log.warn({ err: error }, 'scraper.not_announced'),
    )

  async function claimAll(): Promise<void> {
    while (underWay.size < concurrency && !signal.aborted) {
      // An id for each claim: should this very process take its own silent run over, the first try loses it.
      const scraper = { executing: underWay.size, patienceMs: pollMs }
      const claim = await claimNext(db, { id: uuidv7(), deadAfterMs, scraper })
      if (claim === null) return
      if (claim.status === 'left') {
        tellOthers(claim.runId)
        return
      }
      const { run } = claim
      const lost = new AbortController()
      const work = workOn(deps, run, { lost, heartbeatMs, stopping: signal }).finally(() => {
        if (underWay.get(run.id)?.lost === lost) underWay.delete(run.id)
        wakeUp.call()
      })
      underWay.set(run.id, { lost, work })
    }
  }

  async function loop(): Promise<void> {
    await announce()
    const heartbeat = setInterval(() => void announce(), heartbeatMs)
    while (!signal.aborted) {
      let napMs = pollMs
      try {
        await endSilent(db, deadAfterMs)
        await claimAll()
        const nextMs = await millisecondsToNextRun(db, deadAfterMs)
        if (nextMs !== null) napMs = Math.min(napMs, Math.max(nextMs, MIN_NAP_MS))
      } catch (error) {
        log.error({ err: error }, 'run.claim_failed')
      }
      await wakeUp.wait(napMs, signal)
    }
    clearInterval(heartbeat)
    await Promise.all([...underWay.values()].map(({ work }) => work))
    await withdrawScraper(db, scraperId).catch((error: unknown) =>
      log.warn({ err: error }, 'scraper.not_withdrawn'),
    )
  }

  return {
    wake: () => wakeUp.call(),
    cancel: (runId) => underWay.get(runId)?.lost.abort(new RunLost()),
    stopped: loop(),
  }
}

/** Says that there is more to do, once for each run: whoever hears it may have to leave the run to others too. */
function tellingOthers({ signals, log }: RunDeps): (runId: string) => void {
  let told = ''
  return (runId) => {
    if (told === runId) return
    told = runId
    sendSignal(signals, 'run.due', {}).catch((error: unknown) =>
      log.warn({ err: error }, 'run.due_not_told'),
    )
  }
}

interface Work {
  readonly lost: AbortController
  readonly heartbeatMs: number
  readonly stopping: AbortSignal
}

/** Executes a claimed run and settles it; never throws. */
async function workOn(
  deps: RunDeps,
  run: RunRow,
  { lost, heartbeatMs, stopping }: Work,
): Promise<void> {
  const startedAt = performance.now()
  const heartbeat = setInterval(() => {
    recordProgress(deps.db, run).then(
      (ours) => ours || lost.abort(new RunLost()),
      (error: unknown) => deps.log.warn({ err: error, runId: run.id }, 'run.heartbeat_failed'),
    )
  }, heartbeatMs)

  const signal = AbortSignal.any([stopping, lost.signal])
  const execution = executeRun(deps, run, signal).then(
    () => null,
    (error: unknown) => ({ error }),
  )
  const failure = await unlessAborted(execution, signal).catch(async () => {
    const given = { error: signal.reason as unknown }
    return Promise.race([execution, delay(STOP_MS, given)])
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
    const state = await settleRun(deps.db, run, { failure, stopping: stopping.aborted })
    deps.log.info({ ...line, state: state ?? 'LOST' }, 'run.settled')
  } catch (error) {
    // The run stays RUNNING without heartbeats, so that some worker takes it over.
    deps.log.error({ ...line, err: error }, 'run.settle_failed')
  }
  // What does not answer, such as a target, may still hold it up. It writes nothing more that counts.
  await execution
}
