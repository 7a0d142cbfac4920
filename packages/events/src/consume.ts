import { jetstream, type Consumer, type JsMsg } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import { events, type EventName, type EventPayload } from './catalog.ts'
import type { Nats } from './nats.ts'
import { handleMessage, type Handle } from './handle-message.ts'
import { DEFAULT_PREFIX, ensureConsumer, ensureStream, streamName } from './streams.ts'
import { sleep, unlessAborted } from '@telegather/service'

export interface ConsumeOptions<Name extends EventName> {
  readonly nats: Nats
  readonly log: Logger
  readonly signal: AbortSignal
  /** Name of the durable consumer; processes with the same name share its events. No dots. */
  readonly durable: string
  readonly event: Name
  readonly handle: Handle<EventPayload<Name>>
  /** Number of events that this process handles concurrently; 1 by default. */
  readonly concurrency?: number
  readonly prefix?: string
  /** An event is discarded after this many failed deliveries; 20 by default. */
  readonly maxDeliver?: number
  /** Ack wait: an unacknowledged event is redelivered after this; 30 s by default. Extended while the handler runs. */
  readonly ackWaitMs?: number
}

const MAX_DELIVER = 20
const ACK_WAIT_MS = 30_000
const PULL_EXPIRES_MS = 30_000
const PULL_HEARTBEAT_MS = 5_000
const RETRY_MS = 1_000

/**
 * Consumes an event until `signal` aborts; resolves when the running handlers have finished. Delivery is at least once,
 * so handlers must be idempotent; an event is delivered to one process of the durable consumer at a time. When the handler
 * throws, the event is redelivered after the `retryAfterMs` of the error (`RetryLater`), otherwise after a growing delay.
 * Events that do not match the catalog or have failed `maxDeliver` times are logged and discarded.
 */
export async function consume<Name extends EventName>(
  options: ConsumeOptions<Name>,
): Promise<void> {
  const workers = Array.from({ length: options.concurrency ?? 1 }, () => work(options))
  await Promise.all(workers)
}

async function work<Name extends EventName>(options: ConsumeOptions<Name>): Promise<void> {
  const { log, signal, durable, event } = options
  let failing = false
  while (!signal.aborted) {
    try {
      const consumer = await bind(options)
      if (failing) log.info({ durable, event }, 'consumer.recovered')
      failing = false
      while (!signal.aborted) await pullOne(consumer, options)
    } catch (err) {
      if (signal.aborted) return
      if (!failing) log.warn({ err, durable, event }, 'consumer.failed')
      failing = true
      await sleep(RETRY_MS, signal)
    }
  }
}

async function bind<Name extends EventName>(options: ConsumeOptions<Name>): Promise<Consumer> {
  const { nats, signal, durable, event, prefix = DEFAULT_PREFIX } = options
  const { maxDeliver = MAX_DELIVER, ackWaitMs = ACK_WAIT_MS } = options
  const connection = await unlessAborted(nats.connection(), signal)
  await ensureStream(connection, prefix)
  await ensureConsumer(connection, prefix, { durable, event, maxDeliver, ackWaitMs })
  return jetstream(connection).consumers.get(streamName(prefix), durable)
}

async function pullOne<Name extends EventName>(
  consumer: Consumer,
  { log, signal, durable, event, handle, ...limits }: ConsumeOptions<Name>,
): Promise<void> {
  const message = await nextMessage(consumer, signal)
  if (!message) return
  const { maxDeliver = MAX_DELIVER, ackWaitMs = ACK_WAIT_MS } = limits
  await handleMessage(message, events[event], handle, {
    log,
    signal,
    durable,
    event,
    maxDeliver,
    ackWaitMs,
  })
}

/** The next message; undefined when none arrived within 30 s or `signal` aborted. */
async function nextMessage(consumer: Consumer, signal: AbortSignal): Promise<JsMsg | undefined> {
  const messages = await consumer.fetch({
    max_messages: 1,
    expires: PULL_EXPIRES_MS,
    idle_heartbeat: PULL_HEARTBEAT_MS,
    // After a reconnect, pulls again without a request for the consumer's info, which would wait for a starting server.
    bind: true,
  })
  const close = () => void messages.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    for await (const message of messages) return message
    return undefined
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
}
