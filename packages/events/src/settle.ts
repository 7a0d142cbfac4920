import { isRetryLater } from '@telegather/contracts'
import type { JsMsg } from '@nats-io/jetstream'
import type { Logger } from 'pino'
import type { z } from 'zod'

/** What a handler knows beyond the payload. */
export interface Delivery {
  /** The same at every delivery of one event. */
  readonly eventId: string
  /** Counts from 1. */
  readonly attempt: number
  /** Aborts when the process stops: give up soon, the event goes to another process. */
  readonly signal: AbortSignal
}

export type Handle<Payload> = (payload: Payload, delivery: Delivery) => Promise<unknown>

interface SettleOptions {
  readonly log: Logger
  readonly signal: AbortSignal
  readonly durable: string
  readonly event: string
  readonly maxDeliver: number
  readonly ackWaitMs: number
}

const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 5 * 60_000

/** Hands a message to its handler and tells JetStream how that ended: the one place that acks, naks and terminates. */
export async function settle<Payload>(
  message: JsMsg,
  schema: z.ZodType<Payload>,
  handle: Handle<Payload>,
  { log, signal, durable, event, maxDeliver, ackWaitMs }: SettleOptions,
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

  const stillWorking = setInterval(() => message.working(), ackWaitMs / 3)
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
      const retryInMs = isRetryLater(err) ? err.retryAfterMs : pauseMs(attempt)
      message.nak(retryInMs)
      log.warn({ ...line(), retryInMs, err }, 'event.retried')
    }
  } finally {
    clearInterval(stillWorking)
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

/** 1 s, 2 s, 4 s and so on up to 5 min: 20 deliveries take about an hour. */
function pauseMs(attempt: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), MAX_PAUSE_MS)
}
