import { setTimeout as delay } from 'node:timers/promises'

/** Lets one loop sleep until it is called; a call that comes while it is awake is not lost. */
export class WakeUp {
  #called = false
  #nap: AbortController | undefined

  call(): void {
    this.#called = true
    this.#nap?.abort()
  }

  /** Resolves at the next call, after `ms`, or when `signal` aborts; at once if called since the last time. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#called) {
      this.#nap = new AbortController()
      await sleep(ms, AbortSignal.any([signal, this.#nap.signal]))
    }
    this.#called = false
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

/** The outcome of `promise`, or the signal's reason as an error once it aborts; `promise` itself goes on, unheard. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Unhandled, its failure would end the process: the race below, which hears it, is not always reached.
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
