import { Timeout } from './errors.ts'
import { DEFAULT_TIMEOUT_MS, type CallOptions } from './port.ts'

/** The deadline of one call. */
export interface Deadline {
  /** Aborted when the deadline passes (reason: Timeout) or when the caller's signal is aborted (its reason). */
  readonly signal: AbortSignal
  /** Milliseconds on the monotonic clock (`performance.now()`). */
  readonly at: number
}

/**
 * Runs `work` with a deadline of `options.timeoutMs` (default 30 s). Throws Timeout when the deadline passes first, and
 * the signal's reason when the caller's signal is aborted first. `work` must stop, and leave any queue, when
 * `deadline.signal` is aborted; its late result or error is ignored. `what` names the work in the Timeout's message.
 */
export async function withDeadline<T>(
  what: string,
  options: CallOptions,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options
  signal?.throwIfAborted()
  const result = Promise.withResolvers<T>()
  const controller = new AbortController()
  const cancel = (reason: unknown) => {
    result.reject(reason)
    controller.abort(reason)
  }
  const expire = () => cancel(new Timeout(`no answer to ${what} within ${timeoutMs} ms`))
  const timer = setTimeout(expire, timeoutMs)
  const abort = () => cancel(signal?.reason)
  signal?.addEventListener('abort', abort)
  try {
    const deadline = { signal: controller.signal, at: performance.now() + timeoutMs }
    work(deadline).then(result.resolve, result.reject)
    return await result.promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
