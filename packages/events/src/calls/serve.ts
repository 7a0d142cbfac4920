import { randomInt } from 'node:crypto'
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import type { Arrivals } from './arrivals.ts'
import {
  decodeRequest,
  encodeFrame,
  type Frame,
  type RequestHead,
  type WireError,
} from './frame.ts'
import { ANY_SERVER, pieceBytes, pieces, readPiece } from './pieces.ts'

/** A complete call. */
export interface ArrivedCall {
  readonly method: string
  /** As received; the handler validates it. */
  readonly args: unknown
  readonly timeoutMs: number
  /** Aborted when the caller cancels the call. */
  readonly signal: AbortSignal
}

export interface Served {
  /** Lease epoch of this server; sent with every answer. */
  readonly epoch: number
  readonly handle: (call: ArrivedCall) => Promise<unknown>
  /** Converts an error of `handle` for the caller. */
  readonly toWire: (error: unknown) => WireError
  readonly arrivals: Arrivals
  readonly log: Logger
}

const MAX_SERVER_ID = 2 ** 32 - 1

/** Executes calls to `subject` concurrently until the subscription ends. */
export function serveCalls(
  connection: NatsConnection,
  subject: string,
  served: Served,
): Subscription {
  const server = new CallServer(connection, served)
  const subscription = connection.subscribe(subject, {
    callback(error, message) {
      if (error) served.log.warn({ err: error, subject }, 'calls.subscription_failed')
      else void server.receive(message)
    },
  })
  const forget = () => served.arrivals.dropOf(server.id)
  void subscription.closed.then(forget, forget)
  return subscription
}

class CallServer {
  readonly id = randomInt(ANY_SERVER + 1, MAX_SERVER_ID)
  readonly #connection: NatsConnection
  readonly #served: Served
  /** Calls in progress, by reply subject. */
  readonly #inProgress = new Map<string, AbortController>()

  constructor(connection: NatsConnection, served: Served) {
    this.#connection = connection
    this.#served = served
  }

  async receive(message: Msg): Promise<void> {
    try {
      const call = this.#callIn(message)
      if (call) await this.#carryOut(message, call)
    } catch (err) {
      // The message is not a valid call, or the connection was closed before the answer.
      this.#served.log.warn({ err, subject: message.subject }, 'calls.not_answered')
    }
  }

  /** Returns the call that this message completes; null when it completes none. */
  #callIn(message: Msg): Frame<RequestHead> | null {
    const { reply } = message
    if (!reply) throw new TypeError('a call has no reply subject')
    const piece = readPiece(message.data)
    if (piece.server !== ANY_SERVER) return this.#arrived(message, reply)
    const frame = decodeRequest(piece.data)
    switch (frame.head.type) {
      case 'call':
        if (this.#inProgress.has(reply)) return null
        this.#respond(message, encodeFrame({ type: 'received' }))
        return frame
      case 'offer': {
        const { bytes } = frame.head
        const isAccepted = this.#served.arrivals.accept(reply, { server: this.id, bytes })
        this.#respond(message, encodeFrame({ type: isAccepted ? 'accepted' : 'refused' }))
        return null
      }
      case 'cancel':
        this.#served.arrivals.drop(reply)
        this.#inProgress.get(reply)?.abort(new Error('the caller has given up'))
        return null
    }
  }

  /** Adds a piece of an accepted call. Returns the call once, when it is complete. */
  #arrived(message: Msg, reply: string): Frame<RequestHead> | null {
    const piece = readPiece(message.data)
    if (piece.server !== this.id) return null
    try {
      const data = this.#served.arrivals.add(reply, piece)
      return data && decodeRequest(data)
    } catch (error) {
      this.#respond(message, encodeFrame({ type: 'refused' }))
      throw error
    }
  }

  async #carryOut(message: Msg, { head, value: args }: Frame<RequestHead>): Promise<void> {
    if (head.type !== 'call') throw new TypeError(`${head.type} is no call`)
    const { method, timeoutMs } = head
    const abort = new AbortController()
    this.#inProgress.set(message.reply ?? '', abort)
    const answer = await this.#answerTo({ method, args, timeoutMs, signal: abort.signal })
    this.#inProgress.delete(message.reply ?? '')
    if (!abort.signal.aborted) this.#respond(message, answer)
  }

  async #answerTo(call: ArrivedCall): Promise<Uint8Array[]> {
    const { epoch, handle, toWire } = this.#served
    try {
      return encodeFrame({ type: 'result', epoch }, await handle(call))
    } catch (error) {
      return encodeFrame({ type: 'failed', epoch, error: toWire(error) })
    }
  }

  #respond(message: Msg, frame: readonly Uint8Array[]): void {
    const maxBytes = pieceBytes(this.#connection.info?.max_payload)
    for (const piece of pieces(frame, this.id, maxBytes)) message.respond(piece)
  }
}
