import { PassThrough, type Readable } from 'node:stream'

/** `events` until `signal` aborts: then it ends in order, since a stream of events does not end by itself. */
export function untilStop(events: Readable, signal: AbortSignal): Readable {
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
