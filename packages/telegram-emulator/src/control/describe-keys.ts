import type { AuthKey } from '../mtproto/auth-key.ts'
import type { KeyStatistics } from '../mtproto/data-centre.ts'

/** Statistics of a data centre for one auth key. */
export interface KeyDescription {
  readonly key_id: string
  readonly dc_id: number
  /** The signed-in account, as a decimal string. */
  readonly account_id: string | null
  readonly open_connections: number
  /** Addresses with open connections. */
  readonly peers: readonly string[]
  readonly distinct_peers: number
  readonly max_distinct_peers: number
  /** Calls refused under strict ownership. */
  readonly duplicates: number
  readonly destroyed: boolean
  readonly rpcs: Readonly<Record<string, number>>
  readonly errors_sent: Readonly<Record<string, number>>
}

export function describeKey(
  dcId: number,
  accountId: bigint | null,
  statistics: KeyStatistics,
): KeyDescription {
  return {
    key_id: statistics.keyId,
    dc_id: dcId,
    account_id: accountId === null ? null : String(accountId),
    open_connections: statistics.openConnections,
    peers: statistics.peers,
    distinct_peers: statistics.peers.length,
    max_distinct_peers: statistics.maxDistinctPeers,
    duplicates: statistics.duplicates,
    destroyed: statistics.isDestroyed,
    rpcs: statistics.rpcs,
    errors_sent: statistics.errorsSent,
  }
}

/** A stored auth key, even without use since the start. */
export interface KnownKey {
  readonly key_id: string
  readonly dc_id: number
  /** The signed-in account, as a decimal string. */
  readonly account_id: string | null
}

export function describeKnownKey({ id, dcId, accountId }: AuthKey): KnownKey {
  return { key_id: id, dc_id: dcId, account_id: accountId === null ? null : String(accountId) }
}
