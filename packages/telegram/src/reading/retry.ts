import { ConnectionLost, FloodWait, RpcFailed, Timeout } from '../errors.ts'
import type { CallOptions } from '../port.ts'

export interface RetryOptions extends CallOptions {
  /** Longest flood wait that is waited out, in seconds; a longer one is thrown. Default 10. */
  readonly maxFloodWaitSeconds?: number
}

const DEFAULT_MAX_FLOOD_WAIT_SECONDS = 10
const MAX_FAILURES = 3
const FIRST_PAUSE_MS = 500

/**
 * Retries an idempotent call: after every flood wait of up to `maxFloodWaitSeconds`, and up to 3 times after
 * ConnectionLost, Timeout or a server-side error, with a backoff of 0.5, 1 and 2 s. Other errors are thrown at once.
 */
export async function withRetry<T>(options: RetryOptions, call: () => Promise<T>): Promise<T> {
  const { maxFloodWaitSeconds = DEFAULT_MAX_FLOOD_WAIT_SECONDS } = options
  for (let failures = 0; ;) {
    try {
      return await call()
    } catch (error) {
      if (error instanceof FloodWait && error.seconds <= maxFloodWaitSeconds) {
        await pause(error.seconds * 1000, options.signal)
        continue
      }
      if (!isTransient(error) || ++failures > MAX_FAILURES) throw error
      await pause(FIRST_PAUSE_MS * 2 ** (failures - 1), options.signal)
    }
  }
}

function isTransient(error: unknown): boolean {
  return (
    error instanceof ConnectionLost ||
    error instanceof Timeout ||
    (error instanceof RpcFailed && error.isInternal)
  )
}

/** Waits `ms` milliseconds. Throws the signal's reason when it is aborted. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  const abort = () => reject(signal?.reason)
  signal?.addEventListener('abort', abort)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
