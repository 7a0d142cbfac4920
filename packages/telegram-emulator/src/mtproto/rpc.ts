import type { TlObject, TlValue } from '../tl/object.ts'
import type { AuthKey } from './auth-key.ts'

/** The content of an `rpc_error`: `new RpcError(420, 'FLOOD_WAIT_3')`, `new RpcError(303, 'PHONE_MIGRATE_4')`. */
export class RpcError extends Error {
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.name = 'RpcError'
    this.code = code
  }
}

/** A call lost on the way, with its connection: it gets no response and leaves no state. */
export class CallLost extends Error {
  override readonly name = 'CallLost'
}

/** A call of an API method, without `invokeWithLayer`, `initConnection` and the like. */
export interface RpcCall {
  /** Schema name, as in `messages.getHistory`. */
  readonly method: string
  /** The decoded call; its `_` is the method. */
  readonly params: TlObject
  /** The data centre that received the call. */
  readonly dcId: number
  readonly key: AuthKey
  /** Identifies the calling session; the same object for all of its calls. */
  readonly session: object
  /** The caller's IP address, without port. */
  readonly peerAddress: string
  /** Aborted when the caller's connection is closed. */
  readonly signal: AbortSignal
  /** Closes the caller's connection without a response. */
  readonly disconnect: () => void
}

/**
 * Returns a value of the method's result type. An {@link RpcError} is sent to the client as it is; any other error is
 * answered with `500 INTERNAL` and reported as an event of the data centre.
 */
export type RpcHandler = (call: RpcCall) => Promise<TlValue>
