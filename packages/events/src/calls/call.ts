import type { Msg, NatsConnection } from '@nats-io/transport-node'
import type { Nats } from '../nats.ts'
import { decodeAnswer, encodeFrame, type AnswerHead, type Frame, type WireError } from './frame.ts'
import { openReplySubject } from './inbox.ts'
import { ANY_SERVER, byteLength, Frames, pieceBytes, pieces, readPiece } from './pieces.ts'

export interface RemoteCall {
  readonly method: string
  /** JSON; bytes (`Uint8Array`) may be fields of it. 16 MiB at most. */
  readonly args: unknown
  /** Deadline of the execution at the server. */
  readonly timeoutMs: number
  /**
   * An effect is sent only after a server has accepted it, so an effect that failed with CallUnserved is never executed
   * later. Costs a round trip.
   */
  readonly isEffect: boolean
  /** Deadline of the confirmation, by `performance.now()`; at most and by default 3 s from the call. */
  readonly confirmBy?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RemoteAnswer {
  /** The server's, see `serveCalls`. */
  readonly epoch: number
  readonly outcome:
    | { readonly status: 'ok'; readonly value: unknown }
    | { readonly status: 'failed'; readonly error: WireError }
}

/** No server accepted the call. An effect is not executed; a read may still be executed later, without use. */
export class CallUnserved extends Error {
  override readonly name = 'CallUnserved'
}

/** A server accepted the call, but no complete answer arrived. The call may have been executed. */
export class CallUnanswered extends Error {
  override readonly name = 'CallUnanswered'
}

/** A server confirms a call immediately. Without a confirmation within this time, it is frozen or NATS is down. */
const CONFIRM_WITHIN_MS = 3_000

/** The caller waits this much longer than the server's deadline, to receive the server's own timeout error. */
const ANSWER_MARGIN_MS = 1_000

const MAX_CALL_BYTES = 16 * 1024 * 1024

/**
 * Executes a call at the server of `subject`. Throws CallUnserved immediately when no process subscribes to the subject,
 * and after 3 s (or at `confirmBy`) when none confirms the call, the wait for the connection included; CallUnanswered when
 * no answer arrives in time; the signal's reason when the signal is aborted, which also cancels the call at the server.
 */
export async function callRemote(
  nats: Nats,
  subject: string,
  call: RemoteCall,
): Promise<RemoteAnswer> {
  const { method, args, timeoutMs, isEffect, signal } = call
  const latest = performance.now() + CONFIRM_WITHIN_MS
  const confirmBy = Math.min(call.confirmBy ?? latest, latest)
  signal?.throwIfAborted()
  const request = encodeFrame({ type: 'call', method, timeoutMs }, args)
  const bytes = byteLength(request)
  if (bytes > MAX_CALL_BYTES) throw new RangeError(`a call of ${bytes} bytes is too large`)
  const unconfirmed = () => new CallUnserved(`no process at ${subject} confirms the call`)
  const confirm = { deadline: confirmBy, signal, expired: unconfirmed }
  const connection = await within(confirm, nats.connection())
  const conversation = new Conversation(connection, subject)
  try {
    if (isEffect || bytes > pieceBytes(connection.info?.max_payload)) {
      conversation.send(encodeFrame({ type: 'offer', bytes }))
      conversation.send(request, await within(confirm, conversation.confirmed))
    } else {
      conversation.send(request)
      await within(confirm, conversation.confirmed)
    }
    const late = () => new CallUnanswered(`no answer from ${subject} within ${timeoutMs} ms`)
    const deadline = performance.now() + timeoutMs + ANSWER_MARGIN_MS
    const patience = { deadline, signal, expired: late }
    return answerOf(await within(patience, conversation.answered))
  } finally {
    conversation.close()
  }
}

/** The caller's side of one call: sends requests and receives answers. */
class Conversation {
  readonly #connection: NatsConnection
  readonly #subject: string
  readonly #reply
  readonly #frames = new Frames()
  readonly #confirmed = Promise.withResolvers<number>()
  readonly #answered = Promise.withResolvers<Frame<AnswerHead>>()
  /** The first server that answered. Answers of another one, such as a former lease holder, are ignored. */
  #server = ANY_SERVER
  #isOver = false

  constructor(connection: NatsConnection, subject: string) {
    this.#connection = connection
    this.#subject = subject
    this.#reply = openReplySubject(connection, {
      onMessage: (message) => this.#receive(message),
      onClose: () => this.#fail(new CallUnanswered('the connection to NATS was closed')),
    })
    // These promises may reject before they are awaited.
    this.#confirmed.promise.catch(() => undefined)
    this.#answered.promise.catch(() => undefined)
  }

  /** The server that has confirmed the call. */
  get confirmed(): Promise<number> {
    return this.#confirmed.promise
  }

  get answered(): Promise<Frame<AnswerHead>> {
    return this.#answered.promise
  }

  send(frame: readonly Uint8Array[], server: number = ANY_SERVER): void {
    const maxBytes = pieceBytes(this.#connection.info?.max_payload)
    for (const piece of pieces(frame, server, maxBytes))
      this.#connection.publish(this.#subject, piece, { reply: this.#reply.subject })
  }

  /** Ends the call; cancels it at the server when the answer has not arrived. */
  close(): void {
    this.#reply.close()
    const maySend = !this.#connection.isClosed() && !this.#connection.isDraining()
    if (maySend && !this.#isOver) this.send(encodeFrame({ type: 'cancel' }))
    this.#isOver = true
  }

  #receive(message: Msg): void {
    // An error thrown in this callback would close the connection to NATS.
    try {
      // The answer of NATS itself when no process subscribes to the subject.
      if (message.data.length === 0 && message.headers?.code === 503)
        return this.#fail(new CallUnserved(`no process answers at ${this.#subject}`))
      const piece = readPiece(message.data)
      if (this.#server === ANY_SERVER) this.#server = piece.server
      if (piece.server !== this.#server) return
      const frame = this.#frames.add(piece)
      if (frame) this.#take(decodeAnswer(frame))
    } catch (cause) {
      this.#fail(new CallUnanswered('the answer is not whole', { cause }))
    }
  }

  #take(frame: Frame<AnswerHead>): void {
    const { type } = frame.head
    if (type === 'refused') this.#fail(new CallUnserved('the server does not take the call now'))
    else this.#confirmed.resolve(this.#server)
    if (type === 'result' || type === 'failed') {
      this.#isOver = true
      this.#answered.resolve(frame)
    }
  }

  #fail(error: Error): void {
    this.#isOver = true
    this.#confirmed.reject(error)
    this.#answered.reject(error)
  }
}

function answerOf({ head, value }: Frame<AnswerHead>): RemoteAnswer {
  if (head.type === 'result') return { epoch: head.epoch, outcome: { status: 'ok', value } }
  if (head.type === 'failed')
    return { epoch: head.epoch, outcome: { status: 'failed', error: head.error } }
  throw new CallUnanswered(`${head.type} is no answer`)
}

interface Patience {
  /** By `performance.now()`. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
  readonly expired: () => Error
}

/** Awaits `promise`; throws `expired()` at the deadline, or the signal's reason when it is or was aborted. */
async function within<T>({ deadline, signal, expired }: Patience, promise: Promise<T>): Promise<T> {
  signal?.throwIfAborted()
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(expired()), Math.max(0, deadline - performance.now()))
  const abort = () => reject(signal?.reason)
  signal?.addEventListener('abort', abort)
  try {
    return await Promise.race([promise, ended])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
