const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * One Ctrl-C arrives several times: from the terminal, from npm and from the launcher. Only a signal that arrives later
 * than this after the first counts as a second Ctrl-C.
 */
const SAME_REQUEST_MS = 1_000

export interface StopRequests {
  readonly signal: AbortSignal
  /** Resolves with the first request. */
  readonly stopped: Promise<void>
  /** Called at the second request, which ends the process without waiting. */
  onForce(force: () => void): void
}

/** Listens for signals, and for the end of a parent that started us with an IPC channel. */
export function watchStopRequests(): StopRequests {
  const abort = new AbortController()
  const { promise: stopped, resolve } = Promise.withResolvers<void>()
  let firstAt: number | undefined
  let force = () => {}
  const request = () => {
    const now = performance.now()
    if (firstAt !== undefined && now - firstAt > SAME_REQUEST_MS) force()
    firstAt ??= now
    abort.abort()
    resolve()
  }
  for (const signal of SIGNALS) process.on(signal, request)
  if (process.connected) process.once('disconnect', request)
  return {
    signal: abort.signal,
    stopped,
    onForce(action) {
      force = action
    },
  }
}
