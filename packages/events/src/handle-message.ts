import { isRetryLater } from '@telegather/contracts'
import type { JsMsg } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import type { z } from 'zod'

/** Information about a delivery, besides the payload. */
export interface Delivery {
  /** The same for every delivery of an event. */
  readonly eventId: string
  /** Delivery count, from 1. */
  readonly attempt: number
  /** Aborts when the process stops. A handler that then throws releases the event to another process at once. */
  readonly signal: AbortSignal
}

export type Handle<Payload> = (payload: Payload, delivery: Delivery) => Promise<unknown>

interface HandleOptions {
  readonly log: Logger
  readonly signal: AbortSignal
  readonly durable: string
  readonly event: string
  readonly maxDeliver: number
  readonly ackWaitMs: number
}

const FIRST_BACKOFF_MS = 1_000
const MAX_BACKOFF_MS = 5 * 60_000

/** Parses a message, calls its handler, and acks, naks or terminates the message according to the outcome. */
export async function handleMessage<Payload>(
  message: JsMsg,
  schema: z.ZodType<Payload>,
  handle: Handle<Payload>,
  { log, signal, durable, event, maxDeliver, ackWaitMs }: HandleOptions,
): Promise<void> {
  const attempt = message.info.deliveryCount
  const eventId = message.headers?.get('Nats-Msg-Id') ?? String(message.seq)
  const startedAt = performance.now()
  const line = () => ({
    event,
    durable,
    eventId,
    attempt,
    maxDeliver,
    durationMs: Math.round(performance.now() - startedAt),
  })

  const payload = parse(message, schema)
  if (!payload.success) {
    message.term()
    log.error({ ...line(), reason: payload.reason }, 'event.invalid')
    return
  }

  const ackWaitExtension = setInterval(() => message.working(), ackWaitMs / 3)
  try {
    await handle(payload.data, { eventId, attempt, signal })
    message.ack()
    log.info(line(), 'event.handled')
  } catch (err) {
    if (attempt >= maxDeliver) {
      message.term()
      log.error({ ...line(), err }, 'event.dead')
    } else if (signal.aborted) {
      message.nak()
      log.info(line(), 'event.released')
    } else {
      const retryInMs = isRetryLater(err) ? err.retryAfterMs : backoffMs(attempt)
      message.nak(retryInMs)
      log.warn({ ...line(), retryInMs, err }, 'event.retried')
    }
  } finally {
    clearInterval(ackWaitExtension)
  }
}

type Parsed<Payload> = { success: true; data: Payload } | { success: false; reason: string }

function parse<Payload>(message: JsMsg, schema: z.ZodType<Payload>): Parsed<Payload> {
  let json: unknown
  try {
    json = message.json()
  } catch {
    return { success: false, reason: 'not JSON' }
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed
  return { success: false, reason: parsed.error.issues.map(describe).join('; ') }
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')}: ${message}`
}

/** Exponential backoff from 1 s to 5 min: 20 deliveries take about an hour. */
function backoffMs(attempt: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** (attempt - 1), MAX_BACKOFF_MS)
}
