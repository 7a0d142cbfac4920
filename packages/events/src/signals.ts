import { RunProgress } from '@telegather/contracts'
import { unlessAborted } from '@telegather/service'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Nats } from './nats.ts'
import { DEFAULT_PREFIX } from './streams.ts'

const runId = z.uuid()

/** Signals to every listening process. Delivery is not guaranteed, so no process depends on it: Postgres has the state. */
const catalog = {
  /** More runs are due than their finder can claim; workers should poll now. */
  'run.due': z.object({}),
  /** A user requested the run's cancellation. */
  'run.cancelling': z.object({ runId }),
  'run.progressed': z.object({ runId, progress: RunProgress }),
}

type SignalName = keyof typeof catalog
type SignalPayloads = { [Name in SignalName]: z.output<(typeof catalog)[Name]> }
const signals: { readonly [Name in SignalName]: z.ZodType<SignalPayloads[Name]> } = catalog

export interface SignalOptions {
  readonly nats: Nats
  /** Separates installations, and tests, on one server. */
  readonly prefix?: string
}

/**
 * Sends a signal; resolves when the NATS server has received it. Waits without a timeout for a NATS that is unavailable:
 * await each call before the next one, or messages accumulate.
 */
export async function sendSignal<Name extends SignalName>(
  { nats, prefix = DEFAULT_PREFIX }: SignalOptions,
  name: Name,
  payload: SignalPayloads[Name],
): Promise<void> {
  const connection = await nats.connection()
  connection.publish(subjectOf(prefix, name), JSON.stringify(payload))
  await connection.flush()
}

/** Subscribes to a signal until `signal` aborts. Resolves once subscribed; an error of `handle` is only logged. */
export async function subscribeToSignals<Name extends SignalName>(
  {
    nats,
    prefix = DEFAULT_PREFIX,
    log,
    signal,
  }: SignalOptions & { readonly log: Logger; readonly signal: AbortSignal },
  name: Name,
  handle: (payload: SignalPayloads[Name]) => void,
): Promise<void> {
  const connection = await unlessAborted(nats.connection(), signal)
  const subscription = connection.subscribe(subjectOf(prefix, name), {
    callback(error, message) {
      try {
        if (error) throw error
        handle(signals[name].parse(message.json()))
      } catch (err) {
        log.warn({ err, name }, 'signal.failed')
      }
    },
  })
  signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true })
}

function subjectOf(prefix: string, name: SignalName): string {
  return `${prefix}.signal.${name}`
}
