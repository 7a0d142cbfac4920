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
  /** 0 chooses a free port. GramJS cannot save ports above 32767 in its session strings. */
  readonly port: number
  readonly rsaKey: RsaKey
  readonly keys: AuthKeyStore
  readonly schema: SchemaSet
  readonly handle: RpcHandler
  readonly onEvent?: (event: DataCentreEvent) => void
  /** How bad a connection is, asked for everything sent on it; null leaves it as it is. */
  readonly conditionsOf?: (link: Link) => LinkConditions | null
  /** Default: the machine's. */
  readonly clock?: Clock
  /** How the end of a key exchange is answered; null: by a key. */
  readonly refuseKey?: (peerAddress: string) => 'dh_gen_retry' | 'dh_gen_fail' | null
  /** A message was refused because its id is not of this time. */
  readonly onWrongTime?: () => void
  /** A second peer on an auth key is refused, and the key destroyed. */
  readonly strictOwnership?: boolean
}

/** An open connection as seen from outside. */
export interface Link {
  readonly dcId: number
  /** IP address without port. */
  readonly peerAddress: string
  /** The key last used on it, 16 hex digits; null before the first. */
  readonly keyId: string | null
  /** The account signed in with that key. */
  readonly accountId: bigint | null
}

export type DataCentreEvent =
  /** Refused: the client broke the protocol. Failed: a fault in here. */
  | {
      readonly name: 'connection.refused' | 'connection.failed'
      readonly peerAddress: string
      readonly error: Error
    }
  /** The handler threw something other than an RpcError; the client got `500 INTERNAL`. */
  | { readonly name: 'rpc.failed'; readonly method: string; readonly error: unknown }

/** What the connections of a data centre have in common. */
export interface Centre {
  readonly options: DataCentreOptions
  readonly clock: Clock
  readonly ownership: Ownership
  readonly sessions: Sessions
  readonly salts: Salts
  readonly statistics: Statistics
  readonly subscribers: Subscribers
}
