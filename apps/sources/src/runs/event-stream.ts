import { PassThrough, type Readable } from 'node:stream'
import type { RunFeed } from './run-feed.ts'

/** A client that takes less than that is sent nothing more; it comes back with its last id. */
const MAX_UNSENT_BYTES = 256 * 1024

/** How long a client waits before it comes back. */
const RETRY_MS = 2000

/** A watched run as the body of a `text/event-stream` (WHATWG HTML, server-sent events). */
export function eventStream(
  feed: RunFeed,
  run: { readonly runId: string; readonly afterId: number },
): Readable {
  const stream = new PassThrough()
  const stop = feed.watch({
    ...run,
    send(text) {
      if (stream.writableLength > MAX_UNSENT_BYTES) stream.destroy()
      else stream.write(text)
    },
    end: () => stream.end(),
  })
  stream.once('close', stop)
  stream.write(`retry: ${RETRY_MS}\n\n`)
  return stream
}
