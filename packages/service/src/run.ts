import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'

/** The lifecycle of the process, passed to `main` by `runService`. */
export interface Service {
  /** Aborts when the process has to stop. Every loop must end when it aborts. */
  readonly signal: AbortSignal
  /** Registers a closer. Closers run at the end, in reverse order of registration. */
  readonly onClose: (name: string, close: () => unknown) => void
}

interface Closer {
  readonly name: string
  readonly close: () => unknown
}

interface Stop {
  readonly reason: string
  readonly exitCode: 0 | 1
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const STOP_DEADLINE_MS = 25_000
/** A stop during the start waits this long for `main` to return. */
const START_GRACE_MS = 2_000

/**
 * Runs a service until SIGTERM, SIGINT, SIGHUP, an unhandled error, or the disconnect of the IPC channel to its
 * parent. `main` starts everything and returns. At the stop, `signal` aborts, the closers run in reverse order and
 * the process exits: with code 0 when the stop was requested and all closers succeeded within `deadlineMs`, 25 s
 * by default; otherwise with 1. Further signals are ignored, because a terminal and a supervisor may both send one.
 */
export async function runService(
  log: Logger,
  main: (service: Service) => Promise<void>,
  { deadlineMs = STOP_DEADLINE_MS }: { deadlineMs?: number } = {},
): Promise<never> {
  const abort = new AbortController()
  const closers: Closer[] = []
  const stop = Promise.withResolvers<Stop>()
  onStopRequest(log, stop.resolve)

  const starting = main({
    signal: abort.signal,
    onClose: (name, close) => closers.push({ name, close }),
  }).then(
    () => log.info('service.started'),
    (err: unknown) => {
      if (!abort.signal.aborted) log.fatal({ err }, 'service.failed')
      stop.resolve({ reason: 'failed to start', exitCode: 1 })
    },
  )

  const { reason, exitCode } = await stop.promise
  log.info({ reason }, 'service.stopping')
  setTimeout(() => {
    log.fatal({ deadlineMs, open: closers.map(({ name }) => name) }, 'service.stop_timeout')
    process.exit(1)
  }, deadlineMs)
  abort.abort()
  await Promise.race([starting, delay(START_GRACE_MS)])
  const clean = await closeInOrder(log, closers)
  log.info({ clean }, 'service.stopped')
  process.exit(clean ? exitCode : 1)
}

function onStopRequest(log: Logger, stop: (stop: Stop) => void): void {
  for (const signal of STOP_SIGNALS) process.on(signal, () => stop({ reason: signal, exitCode: 0 }))
  if (process.connected)
    process.once('disconnect', () => stop({ reason: 'parent disconnected', exitCode: 0 }))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (err: unknown) => {
      log.fatal({ err }, 'service.failed')
      stop({ reason: event, exitCode: 1 })
    })
  }
}

async function closeInOrder(log: Logger, closers: Closer[]): Promise<boolean> {
  let clean = true
  for (let closer = closers.at(-1); closer; closer = closers.at(-1)) {
    try {
      await closer.close()
    } catch (err) {
      clean = false
      log.error({ err, closer: closer.name }, 'service.close_failed')
    }
    closers.pop()
  }
  return clean
}
