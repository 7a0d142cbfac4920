import { PassThrough, type Readable } from 'node:stream'
import type { RunFeed } from './run-feed.ts'

/** A client with more unsent bytes than this is disconnected. It may reconnect with its last event id. */
const MAX_UNSENT_BYTES = 256 * 1024

/** The delay before a disconnected client reconnects. */
const RETRY_MS = 2000

/** The events of a run as the body of a `text/event-stream` (WHATWG HTML, server-sent events). Closing it unsubscribes. */
export function eventStream(
  feed: RunFeed,
  run: { readonly runId: string; readonly afterId: number },
): Readable {
  const stream = new PassThrough()
  const unsubscribe = feed.subscribe({
    ...run,
    send(text) {
      if (stream.writableLength > MAX_UNSENT_BYTES) stream.destroy()
      else stream.write(text)
    },
    end: () => stream.end(),
  })
  stream.once('close', unsubscribe)
  stream.write(`retry: ${RETRY_MS}\n\n`)
  return stream
}
