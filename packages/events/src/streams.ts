import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type ConsumerConfig,
  type StreamConfig,
} from '@nats-io/jetstream'
import { nanos, type NatsConnection } from '@nats-io/transport-node'
import type { EventName } from './catalog.ts'

export const DEFAULT_PREFIX = 'telegather'

const RETENTION_MS = 7 * 24 * 3_600_000
/** JetStream drops a second publish of an event within this time, for example after a relay died before marking it. */
const DUPLICATE_WINDOW_MS = 2 * 60_000

const STREAM_NAME_IN_USE = 10058
const CONSUMER_EXISTS = 10148

/** Name of the stream of all events; `prefix` separates installations and tests on one server. */
export function streamName(prefix: string): string {
  return `${prefix}-events`
}

export function subjectOf(prefix: string, event: string): string {
  return `${prefix}.event.${event}`
}

/** Creates or updates the event stream. Uses only features of nats-server 2.9. */
export async function ensureStream(connection: NatsConnection, prefix: string): Promise<void> {
  const { streams } = await jetstreamManager(connection)
  const config = {
    name: streamName(prefix),
    subjects: [subjectOf(prefix, '>')],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    num_replicas: 1,
    max_age: nanos(RETENTION_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
  } satisfies Partial<StreamConfig> & { name: string }
  try {
    await streams.add(config)
  } catch (error) {
    if (!isApiError(error, STREAM_NAME_IN_USE)) throw error
    await streams.update(config.name, config)
  }
}

export interface DurableConsumer {
  /** Name of the consumer, whose position the server stores. No dots. */
  readonly durable: string
  readonly event: EventName
  readonly ackWaitMs: number
  readonly maxDeliver: number
}

/** Creates or updates a durable pull consumer of one event. */
export async function ensureConsumer(
  connection: NatsConnection,
  prefix: string,
  { durable, event, ackWaitMs, maxDeliver }: DurableConsumer,
): Promise<void> {
  const { consumers } = await jetstreamManager(connection)
  const config = {
    durable_name: durable,
    filter_subject: subjectOf(prefix, event),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    max_deliver: maxDeliver,
  } satisfies Partial<ConsumerConfig>
  try {
    await consumers.add(streamName(prefix), config)
  } catch (error) {
    if (!isApiError(error, CONSUMER_EXISTS)) throw error
    await consumers.update(streamName(prefix), durable, config)
  }
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.apiError().err_code === code
}
