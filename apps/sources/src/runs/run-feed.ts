import { UNFINISHED_RUN_STATES, type RunState } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { subscribeToSignals, type SignalOptions } from '@telegather/events'
import { WakeUp, type Logger } from '@telegather/service'
import { presentLogLine, presentRun } from './present.ts'
import { selectLogLines, selectRunsById, type RunLogRow, type RunRow } from './queries.ts'

const POLL_MS = 1000
const HEARTBEAT_MS = 15_000
/** Log lines read by one poll for all watched runs. The next poll reads the following lines. */
const MAX_LINES = 2000
const UNFINISHED: readonly RunState[] = UNFINISHED_RUN_STATES

/** Suffix of the event id of a finished run's last event. */
const END = '-end'

export interface Subscriber {
  readonly runId: string
  /** Id of the last log line that the client received; 0 for none. */
  readonly afterId: number
  readonly send: (text: string) => void
  readonly end: () => void
}

export interface RunFeed {
  /** Sends the run's events, from the log line after `afterId` until the run ends. Returns a function that unsubscribes. */
  readonly subscribe: (subscriber: Subscriber) => () => void
  /** Resolves when `signal` has aborted and all subscribers have been ended. */
  readonly stopped: Promise<void>
}

interface Subscription {
  readonly subscriber: Subscriber
  /** Id of the last log line that was sent. */
  afterId: number
  /** JSON of the run that was sent last. */
  run: string
}

interface FeedDeps {
  readonly db: Db
  readonly log: Logger
  readonly signals: SignalOptions
  readonly heartbeatMs?: number
}

/**
 * Sends events of runs to subscribers. Two queries a second read all watched runs, and one subscription to
 * signals receives their progress; both are independent of the number of subscribers.
 */
export function createRunFeed(deps: FeedDeps, signal: AbortSignal): RunFeed {
  const { db, log, signals, heartbeatMs = HEARTBEAT_MS } = deps
  const subscriptions = new Set<Subscription>()
  const wakeUp = new WakeUp()

  function end(subscription: Subscription): void {
    if (subscriptions.delete(subscription)) subscription.subscriber.end()
  }

  async function poll(): Promise<void> {
    const polled = [...subscriptions]
    if (polled.length === 0) return
    const runIds = new Set(polled.map(({ subscriber }) => subscriber.runId))
    const runs = await selectRunsById(db, [...runIds])
    // Read after the runs, so that all log lines of a finished run are included.
    const lines = await selectLogLines(db, positions(polled), MAX_LINES)
    const byId = new Map(runs.map((run) => [run.id, run]))
    for (const subscription of polled) {
      const run = byId.get(subscription.subscriber.runId)
      const isOver = !run || (lines.length < MAX_LINES && !UNFINISHED.includes(run.state))
      if (run) sendUpdates(subscription, run, { lines, isOver })
      if (isOver) end(subscription)
    }
  }

  async function pollUntilAborted(): Promise<void> {
    while (!signal.aborted) {
      await poll().catch((error: unknown) => log.warn({ err: error }, 'runs.not_read'))
      await wakeUp.wait(POLL_MS, signal)
    }
    for (const subscription of subscriptions) end(subscription)
  }

  const heartbeat = setInterval(() => {
    for (const { subscriber } of subscriptions) subscriber.send(':\n\n')
  }, heartbeatMs)
  signal.addEventListener('abort', () => clearInterval(heartbeat), { once: true })

  subscribeToSignals({ ...signals, log, signal }, 'run.progressed', ({ runId, progress }) => {
    const text = `event: progress\ndata: ${JSON.stringify(progress)}\n\n`
    for (const { subscriber } of subscriptions)
      if (subscriber.runId === runId) subscriber.send(text)
  }).catch(
    (error: unknown) => signal.aborted || log.warn({ err: error }, 'progress.not_subscribed'),
  )

  return {
    subscribe(subscriber) {
      const subscription = { subscriber, afterId: subscriber.afterId, run: '' }
      if (signal.aborted) subscriber.end()
      else subscriptions.add(subscription)
      wakeUp.call()
      return () => void subscriptions.delete(subscription)
    },
    stopped: pollUntilAborted(),
  }
}

/** The lowest `afterId` of each run's subscribers. */
function positions(subscriptions: readonly Subscription[]): { runId: string; afterId: number }[] {
  const earliest = new Map<string, number>()
  for (const { subscriber, afterId } of subscriptions)
    earliest.set(subscriber.runId, Math.min(afterId, earliest.get(subscriber.runId) ?? afterId))
  return [...earliest].map(([runId, afterId]) => ({ runId, afterId }))
}

/** Sends new log lines, and the run if it changed. The last event of a finished run has an id that ends with `-end`. */
function sendUpdates(
  subscription: Subscription,
  run: RunRow,
  { lines, isOver }: { lines: readonly RunLogRow[]; isOver: boolean },
): void {
  const { send } = subscription.subscriber
  for (const line of lines) {
    if (line.runId !== run.id || line.id <= subscription.afterId) continue
    subscription.afterId = line.id
    send(`event: log\nid: ${line.id}\ndata: ${JSON.stringify(presentLogLine(line))}\n\n`)
  }
  const text = JSON.stringify(presentRun(run))
  if (text === subscription.run) return
  subscription.run = text
  send(`event: run\n${isOver ? `id: ${subscription.afterId}${END}\n` : ''}data: ${text}\n\n`)
}

/** Parses a `Last-Event-ID`: the last log line that the client received, and whether it received the end of the run. */
export function readPosition(lastEventId: string | undefined): {
  readonly afterId: number
  readonly hasEnd: boolean
} {
  const [, digits, end] = /^(\d{1,15})(-end)?$/.exec(lastEventId ?? '') ?? []
  return { afterId: Number(digits ?? 0), hasEnd: end === END }
}
