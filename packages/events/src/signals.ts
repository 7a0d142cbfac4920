import { RunProgress } from '@telegather/contracts'
import { unlessAborted } from '@telegather/service'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Nats } from './nats.ts'
import { DEFAULT_PREFIX } from './streams.ts'

const runId = z.uuid()

/** What is worth telling at once to every process, and no loss when it is not heard: Postgres has the truth. */
const catalog = {
  /** There is more to do than whoever found it takes; look. */
  'run.due': z.object({}),
  /** Somebody has asked for its end. */
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

/** Resolves when NATS has the signal; waits for a NATS that is away, so do not send more before. */
export async function sendSignal<Name extends SignalName>(
  { nats, prefix = DEFAULT_PREFIX }: SignalOptions,
  name: Name,
  payload: SignalPayloads[Name],
): Promise<void> {
  const connection = await nats.connection()
  connection.publish(subjectOf(prefix, name), JSON.stringify(payload))
  await connection.flush()
}

/** Hears a signal until `signal` aborts; resolves once it does. */
export async function hearSignals<Name extends SignalName>(
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
