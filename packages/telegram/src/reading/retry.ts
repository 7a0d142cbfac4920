import { ConnectionLost, FloodWait, RpcFailed, Timeout } from '../errors.ts'
import type { CallOptions } from '../port.ts'

export interface RetryOptions extends CallOptions {
  /** A longer wait is the caller's business. Default 10 s. */
  readonly maxFloodWaitSeconds?: number
}

const DEFAULT_MAX_FLOOD_WAIT_SECONDS = 10
const MAX_FAILURES = 3
const FIRST_PAUSE_MS = 500

/**
 * Repeats a call that changes nothing at Telegram: after short flood waits, and up to three times after a
 * lost connection, a missing answer or trouble inside Telegram. Everything else is thrown at once.
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
      if (!isPassing(error) || ++failures > MAX_FAILURES) throw error
      await pause(FIRST_PAUSE_MS * 2 ** (failures - 1), options.signal)
    }
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof ConnectionLost ||
    error instanceof Timeout ||
    (error instanceof RpcFailed && error.isInternal)
  )
}

/** Ends early with the signal's reason. */
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
