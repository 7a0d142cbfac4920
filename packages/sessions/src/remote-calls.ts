import {
  NoRespondersError,
  RequestError,
  type Msg,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node'
import type { Nats } from '@telegather/events'
import type { Logger } from '@telegather/service'
import { withDeadline, Timeout } from '@telegather/telegram'
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeFailure,
  encodeRequest,
  parts,
  type Answer,
  type CallRequest,
} from './wire.ts'

/** No process answers calls to the session now. */
export class NoHolder extends Error {
  override readonly name = 'NoHolder'
}

/** The caller waits this much longer than the holder, so that the holder's own Timeout arrives. */
const ANSWER_MARGIN_MS = 1_000

/** A holder confirms at once that it has received a call. One that does not is frozen, or NATS is away. */
const RECEIVED_WITHIN_MS = 3_000

const RECEIVED = Buffer.from('received')
const END = new Uint8Array()

export function sessionSubject(prefix: string, sessionId: number): string {
  return `${prefix}.session.${sessionId}`
}

/**
 * Has the lease holder of a session make a call. Throws NoHolder at once when no process subscribes to the subject, and
 * after 3 s when none confirms the call; Timeout when a holder that has confirmed the call does not answer.
 */
export async function callHolder(
  nats: Nats,
  subject: string,
  request: CallRequest,
  signal?: AbortSignal,
): Promise<Answer> {
  const { timeoutMs } = request
  const connection = await unlessSilent(subject, signal, () => nats.connection())
  const messages = await connection.requestMany(subject, encodeRequest(request), {
    strategy: 'sentinel',
    maxWait: timeoutMs + ANSWER_MARGIN_MS,
  })
  const incoming = messages[Symbol.asyncIterator]()
  try {
    await unlessSilent(subject, signal, () => incoming.next())
    const what = `a call by way of ${subject}`
    const patience = { timeoutMs: timeoutMs + ANSWER_MARGIN_MS, ...(signal && { signal }) }
    return decodeAnswer(await withDeadline(what, patience, () => untilEnd(incoming)))
  } catch (error) {
    if (isNoResponders(error)) throw new NoHolder(subject, { cause: error })
    throw error
  } finally {
    void incoming.return?.()
  }
}

async function unlessSilent<T>(
  subject: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const patience = { timeoutMs: RECEIVED_WITHIN_MS, ...(signal && { signal }) }
    return await withDeadline(subject, patience, work)
  } catch (error) {
    if (error instanceof Timeout) throw new NoHolder(subject, { cause: error })
    throw error
  }
}

async function untilEnd(incoming: AsyncIterator<Msg>): Promise<Buffer> {
  const received: Uint8Array[] = []
  for (;;) {
    const { done, value } = await incoming.next()
    if (done === true) throw new Timeout('the lease holder of the session did not answer in time')
    if (value.data.length === 0) return Buffer.concat(received)
    received.push(value.data)
  }
}

function isNoResponders(error: unknown): boolean {
  return (
    error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders())
  )
}

export interface Served {
  /** Of the term in which calls are answered. */
  readonly epoch: number
  readonly handle: (request: CallRequest) => Promise<unknown>
  readonly log: Logger
}

/** Answers the calls that arrive at `subject`, concurrently, until the subscription ends. */
export function serveCalls(
  connection: NatsConnection,
  subject: string,
  served: Served,
): Subscription {
  return connection.subscribe(subject, {
    callback(error, message) {
      if (error) served.log.warn({ err: error, subject }, 'session.subscription_failed')
      else void answer(message, served)
    },
  })
}

async function answer(message: Msg, served: Served): Promise<void> {
  try {
    await callAndRespond(message, served)
  } catch (err) {
    // The request is no call, or the connection was closed before the answer.
    served.log.warn({ err, subject: message.subject }, 'session.call_not_answered')
  }
}

async function callAndRespond(message: Msg, { epoch, handle }: Served): Promise<void> {
  message.respond(RECEIVED)
  const encoded = await Promise.resolve(decodeRequest(message.data))
    .then(handle)
    .then(
      (value) => encodeAnswer(epoch, value),
      (error: unknown) => encodeFailure(epoch, error),
    )
  for (const part of parts(encoded)) message.respond(part)
  message.respond(END)
}
