import type { SchemaSet } from '../tl/schema.ts'
import type { AuthKeyStore } from './auth-key.ts'
import type { Clock } from './clock.ts'
import type { LinkConditions } from './outlet.ts'
import type { Ownership } from './ownership.ts'
import type { RpcHandler } from './rpc.ts'
import type { RsaKey } from './rsa.ts'
import type { Salts } from './salts.ts'
import type { Sessions } from './session.ts'
import type { Statistics } from './statistics.ts'
import type { Subscribers } from './subscribers.ts'

export interface DataCentreOptions {
  readonly id: number
  readonly host: string
  /** 0 selects a free port. GramJS cannot store ports above 32767 in its session strings. */
  readonly port: number
  readonly rsaKey: RsaKey
  readonly keys: AuthKeyStore
  readonly schema: SchemaSet
  readonly handle: RpcHandler
  readonly onEvent?: (event: DataCentreEvent) => void
  /** Returns the link conditions of a connection; called for everything sent on it. Null: no restriction. */
  readonly conditionsOf?: (link: Link) => LinkConditions | null
  /** Default: the system clock. */
  readonly clock?: Clock
  /** Returns a failure for the end of a key exchange; null: the exchange succeeds. */
  readonly refuseKey?: (peerAddress: string) => 'dh_gen_retry' | 'dh_gen_fail' | null
  /** Called when a message is refused because its id is too old or too new. */
  readonly onWrongTime?: () => void
  /** Refuses a second peer on an auth key, and destroys the key. */
  readonly strictOwnership?: boolean
}

/** Description of an open connection. */
export interface Link {
  readonly dcId: number
  /** IP address without port. */
  readonly peerAddress: string
  /** The key last used on the connection, 16 hex digits; null before the first. */
  readonly keyId: string | null
  /** The account signed in with that key. */
  readonly accountId: bigint | null
}

export type DataCentreEvent =
  /** `refused`: the client violated the protocol. `failed`: an internal error. */
  | {
      readonly name: 'connection.refused' | 'connection.failed'
      readonly peerAddress: string
      readonly error: Error
    }
  /** The handler threw an error other than RpcError; the client got `500 INTERNAL`. */
  | { readonly name: 'rpc.failed'; readonly method: string; readonly error: unknown }

/** State shared by the connections of a data centre. */
export interface Centre {
  readonly options: DataCentreOptions
  readonly clock: Clock
  readonly ownership: Ownership
  readonly sessions: Sessions
  readonly salts: Salts
  readonly statistics: Statistics
  readonly subscribers: Subscribers
}
