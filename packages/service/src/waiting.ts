import { setTimeout as delay } from 'node:timers/promises'

/** Wakes one loop from its sleep. A call while the loop is not sleeping makes its next `wait` return at once. */
export class WakeUp {
  #called = false
  #sleeping: AbortController | undefined

  call(): void {
    this.#called = true
    this.#sleeping?.abort()
  }

  /**
   * Resolves at the next call, after `ms`, or when `signal` aborts; at once if there was a call since the last wait.
   * Returns whether there was a call.
   */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#called) {
      this.#sleeping = new AbortController()
      await sleep(ms, AbortSignal.any([signal, this.#sleeping.signal]))
    }
    const wasCalled = this.#called
    this.#called = false
    return wasCalled
  }
}

/** Resolves after `ms`, or at once when `signal` aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Resolves like `promise`, or rejects with the signal's reason when it aborts first. `promise` itself is not cancelled. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Marks a rejection as handled, because an early abort throws before the race below is reached.
  promise.catch(() => undefined)
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
