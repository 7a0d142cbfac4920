/**
 * Calls `handle` for `items` in order, `lanes` at a time. The first error aborts the other calls and is thrown once all
 * have ended.
 */
export async function eachInParallel<T>(
  items: readonly T[],
  { lanes, signal }: { readonly lanes: number; readonly signal: AbortSignal },
  handle: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const stop = new AbortController()
  const combined = AbortSignal.any([signal, stop.signal])
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      combined.throwIfAborted()
      await handle(item, combined)
    }
  }
  const running = Array.from({ length: lanes }, async () => {
    try {
      await lane()
    } catch (error) {
      if (!stop.signal.aborted) stop.abort(error)
    }
  })
  await Promise.all(running)
  if (stop.signal.aborted) throw stop.signal.reason
}
