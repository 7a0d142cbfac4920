import { Timeout } from './errors.ts'
import { DEFAULT_TIMEOUT_MS, type CallOptions } from './port.ts'

/** When a piece of work is no longer awaited. */
export interface Deadline {
  /** Aborted when the deadline passes (reason: Timeout) or the caller gives up (its reason). */
  readonly signal: AbortSignal
  /** On the monotonic clock, `performance.now()`. */
  readonly at: number
}

/**
 * The result of `work`, unless the deadline passes (throws Timeout) or the caller's signal is aborted (throws its
 * reason) first. `work` is told by its own signal; whatever it queues up has to leave the queue then. A late result
 * or error of `work` is dropped.
 */
export async function withDeadline<T>(
  what: string,
  options: CallOptions,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options
  signal?.throwIfAborted()
  const given = Promise.withResolvers<T>()
  const over = new AbortController()
  const end = (reason: unknown) => {
    given.reject(reason)
    over.abort(reason)
  }
  const expire = () => end(new Timeout(`no answer to ${what} within ${timeoutMs} ms`))
  const timer = setTimeout(expire, timeoutMs)
  const abort = () => end(signal?.reason)
  signal?.addEventListener('abort', abort)
  try {
    const deadline = { signal: over.signal, at: performance.now() + timeoutMs }
    work(deadline).then(given.resolve, given.reject)
    return await given.promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
