import { UNFINISHED_RUN_STATES, type RunState } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { subscribeToSignals, type SignalOptions } from '@telegather/events'
import { WakeUp, type Logger } from '@telegather/service'
import { presentLogLine, presentRun } from './present.ts'
import { selectLogLines, selectRunsById, type RunLogRow, type RunRow } from './queries.ts'

const LOOK_MS = 1000
const HEARTBEAT_MS = 15_000
/** Lines that one look reads for all watched runs together; the next look goes on. */
const LINES_AT_ONCE = 2000
const UNFINISHED: readonly RunState[] = UNFINISHED_RUN_STATES

/** What a watcher's id ends with once it was told that the run has ended. */
const END = '-end'

export interface Watcher {
  readonly runId: string
  /** Its last line of the log. */
  readonly afterId: number
  readonly send: (text: string) => void
  readonly end: () => void
}

export interface RunFeed {
  /** Sends the watcher what happens to its run, from now to its end; call the answer to stop. */
  readonly watch: (watcher: Watcher) => () => void
  /** Ends when `signal` is aborted, and every watcher with it. */
  readonly stopped: Promise<void>
}

interface Place {
  readonly watcher: Watcher
  afterId: number
  /** As it was told last. */
  run: string
}

interface FeedDeps {
  readonly db: Db
  readonly log: Logger
  readonly signals: SignalOptions
  readonly heartbeatMs?: number
}

/**
 * Tells any number of watchers of runs, at the price of one: all watched runs are read by two queries a second, and
 * progress comes by one subscription.
 */
export function createRunFeed(deps: FeedDeps, signal: AbortSignal): RunFeed {
  const { db, log, signals, heartbeatMs = HEARTBEAT_MS } = deps
  const places = new Set<Place>()
  const wakeUp = new WakeUp()

  function leave(place: Place): void {
    if (places.delete(place)) place.watcher.end()
  }

  async function look(): Promise<void> {
    const asked = [...places]
    if (asked.length === 0) return
    const runs = await selectRunsById(db, [...new Set(asked.map(({ watcher }) => watcher.runId))])
    // After the runs: what a run that has ended wrote before is there.
    const lines = await selectLogLines(db, positions(asked), LINES_AT_ONCE)
    const known = new Map(runs.map((run) => [run.id, run]))
    for (const place of asked) {
      const run = known.get(place.watcher.runId)
      const isOver = !run || (lines.length < LINES_AT_ONCE && !UNFINISHED.includes(run.state))
      if (run) tell(place, run, { lines, isOver })
      if (isOver) leave(place)
    }
  }

  async function lookUntilAborted(): Promise<void> {
    while (!signal.aborted) {
      await look().catch((error: unknown) => log.warn({ err: error }, 'runs.not_read'))
      await wakeUp.wait(LOOK_MS, signal)
    }
    for (const place of places) leave(place)
  }

  const heartbeat = setInterval(() => {
    for (const { watcher } of places) watcher.send(':\n\n')
  }, heartbeatMs)
  signal.addEventListener('abort', () => clearInterval(heartbeat), { once: true })

  subscribeToSignals({ ...signals, log, signal }, 'run.progressed', ({ runId, progress }) => {
    const text = `event: progress\ndata: ${JSON.stringify(progress)}\n\n`
    for (const { watcher } of places) if (watcher.runId === runId) watcher.send(text)
  }).catch((error: unknown) => signal.aborted || log.warn({ err: error }, 'progress.not_heard'))

  return {
    watch(watcher) {
      const place = { watcher, afterId: watcher.afterId, run: '' }
      if (signal.aborted) watcher.end()
      else places.add(place)
      wakeUp.call()
      return () => void places.delete(place)
    },
    stopped: lookUntilAborted(),
  }
}

/** The earliest position of each run's watchers. */
function positions(places: readonly Place[]): { runId: string; afterId: number }[] {
  const earliest = new Map<string, number>()
  for (const { watcher, afterId } of places)
    earliest.set(watcher.runId, Math.min(afterId, earliest.get(watcher.runId) ?? afterId))
  return [...earliest].map(([runId, afterId]) => ({ runId, afterId }))
}

function tell(
  place: Place,
  run: RunRow,
  { lines, isOver }: { lines: readonly RunLogRow[]; isOver: boolean },
): void {
  const { send } = place.watcher
  for (const line of lines) {
    if (line.runId !== run.id || line.id <= place.afterId) continue
    place.afterId = line.id
    send(`event: log\nid: ${line.id}\ndata: ${JSON.stringify(presentLogLine(line))}\n\n`)
  }
  const text = JSON.stringify(presentRun(run))
  if (text === place.run) return
  place.run = text
  send(`event: run\n${isOver ? `id: ${place.afterId}${END}\n` : ''}data: ${text}\n\n`)
}

/** Where a watcher left off: after which line of the log, and whether it knows the end. */
export function readPosition(lastEventId: string | undefined): {
  readonly afterId: number
  readonly knowsEnd: boolean
} {
  const [, digits, end] = /^(\d{1,15})(-end)?$/.exec(lastEventId ?? '') ?? []
  return { afterId: Number(digits ?? 0), knowsEnd: end === END }
}
