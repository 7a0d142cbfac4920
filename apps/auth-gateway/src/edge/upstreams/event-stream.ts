import { PassThrough, type Readable } from 'node:stream'

/** Forwards `events`, and ends the response cleanly when `signal` aborts, because event streams do not end by themselves. */
export function endOnAbort(events: Readable, signal: AbortSignal): Readable {
  const body = new PassThrough()
  const stop = () => {
    events.unpipe(body)
    body.end()
  }
  events.once('error', (error) => body.destroy(error))
  body.once('close', () => {
    signal.removeEventListener('abort', stop)
    events.destroy()
  })
  signal.addEventListener('abort', stop, { once: true })
  return events.pipe(body)
}
