import type { Msg, NatsConnection } from '@nats-io/transport-node'
import type { Nats } from '../nats.ts'
import { decodeAnswer, encodeFrame, type AnswerHead, type Frame, type WireError } from './frame.ts'
import { openReplySubject } from './inbox.ts'
import { ANY_SERVER, byteLength, Frames, pieceBytes, pieces, readPiece } from './pieces.ts'

export interface RemoteCall {
  readonly method: string
  /** JSON; bytes (`Uint8Array`) may be fields of it. 16 MiB at most. */
  readonly args: unknown
  /** How long the server may take. */
  readonly timeoutMs: number
  /**
   * The call is sent only once a server has said that it takes it, so that a call that failed with CallUnserved is not
   * carried out later. Costs a round trip.
   */
  readonly isEffect: boolean
  readonly signal?: AbortSignal | undefined
}

export interface RemoteAnswer {
  /** The server's, see `serveCalls`. */
  readonly epoch: number
  readonly outcome:
    | { readonly status: 'ok'; readonly value: unknown }
    | { readonly status: 'failed'; readonly error: WireError }
}

/** No server has taken the call. An effect is not carried out; a read may still be, later, to no purpose. */
export class CallUnserved extends Error {
  override readonly name = 'CallUnserved'
}

/** A server has taken the call, and the answer did not arrive, or not whole. The call may have been carried out. */
export class CallUnanswered extends Error {
  override readonly name = 'CallUnanswered'
}

/** A server confirms a call at once. One that does not is frozen, or NATS is away. */
const CONFIRM_WITHIN_MS = 3_000

/** The caller waits this much longer than the server may take, so that the server's own failure arrives. */
const ANSWER_MARGIN_MS = 1_000

const MAX_CALL_BYTES = 16 * 1024 * 1024

/**
 * Has the server at `subject` carry out a call. Throws CallUnserved at once when no process subscribes to the subject,
 * and after 3 s when none confirms the call; CallUnanswered when the answer is late; the signal's reason when the
 * caller gives up, of which the server is told.
 */
export async function callRemote(
  nats: Nats,
  subject: string,
  call: RemoteCall,
): Promise<RemoteAnswer> {
  const { method, args, timeoutMs, isEffect, signal } = call
  signal?.throwIfAborted()
  const request = encodeFrame({ type: 'call', method, timeoutMs }, args)
  const bytes = byteLength(request)
  if (bytes > MAX_CALL_BYTES) throw new RangeError(`a call of ${bytes} bytes is too large`)
  const unconfirmed = () => new CallUnserved(`no process at ${subject} confirms the call`)
  const confirm = { ms: CONFIRM_WITHIN_MS, signal, expired: unconfirmed }
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
    const patience = { ms: timeoutMs + ANSWER_MARGIN_MS, signal, expired: late }
    return answerOf(await within(patience, conversation.answered))
  } finally {
    conversation.close()
  }
}

/** One call as its caller sees it: what is sent to the server, and what comes back. */
class Conversation {
  readonly #connection: NatsConnection
  readonly #subject: string
  readonly #reply
  readonly #frames = new Frames()
  readonly #confirmed = Promise.withResolvers<number>()
  readonly #answered = Promise.withResolvers<Frame<AnswerHead>>()
  /** The server that was first to answer. A former lease holder may answer too: it is ignored. */
  #server = ANY_SERVER
  #isOver = false

  constructor(connection: NatsConnection, subject: string) {
    this.#connection = connection
    this.#subject = subject
    this.#reply = openReplySubject(connection, {
      onMessage: (message) => this.#receive(message),
      onClose: () => this.#fail(new CallUnanswered('the connection to NATS was closed')),
    })
    // Each is awaited only after the one before it.
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

  /** Tells the server when the caller no longer waits for the answer. */
  close(): void {
    this.#reply.close()
    const maySend = !this.#connection.isClosed() && !this.#connection.isDraining()
    if (maySend && !this.#isOver) this.send(encodeFrame({ type: 'cancel' }))
    this.#isOver = true
  }

  #receive(message: Msg): void {
    // An error that is thrown in here would end the connection to NATS.
    try {
      // NATS itself answers so when no process subscribes to the subject of a message.
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
  readonly ms: number
  readonly signal: AbortSignal | undefined
  readonly expired: () => Error
}

/** The outcome of `promise`, unless the time passes or the signal is aborted first. */
async function within<T>({ ms, signal, expired }: Patience, promise: Promise<T>): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(expired()), ms)
  const abort = () => reject(signal?.reason)
  signal?.addEventListener('abort', abort)
  try {
    return await Promise.race([promise, ended])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
