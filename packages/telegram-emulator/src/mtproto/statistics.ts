/** Statistics of an auth key since the data centre started. */
export interface KeyStatistics {
  /** 16 hex digits. */
  readonly keyId: string
  readonly openConnections: number
  /** IP addresses with open connections of this key. */
  readonly peers: readonly string[]
  /** The maximum of simultaneous peers. */
  readonly maxDistinctPeers: number
  /** Calls refused because another peer used the key. */
  readonly duplicates: number
  /** Whether the key was forgotten or destroyed. */
  readonly isDestroyed: boolean
  readonly rpcs: Readonly<Record<string, number>>
  /** By text, as in `FLOOD_WAIT_3`. */
  readonly errorsSent: Readonly<Record<string, number>>
}

interface Counters {
  maxDistinctPeers: number
  duplicates: number
  isDestroyed: boolean
  /** Open connections by peer address. */
  readonly peers: Map<string, number>
  readonly rpcs: Map<string, number>
  readonly errorsSent: Map<string, number>
}

export class Statistics {
  readonly #byKey = new Map<string, Counters>()

  connected(keyId: string, peerAddress: string): void {
    const counters = this.#of(keyId)
    increment(counters.peers, peerAddress)
    counters.maxDistinctPeers = Math.max(counters.maxDistinctPeers, counters.peers.size)
  }

  disconnected(keyId: string, peerAddress: string): void {
    const { peers } = this.#of(keyId)
    const left = (peers.get(peerAddress) ?? 0) - 1
    if (left > 0) peers.set(peerAddress, left)
    else peers.delete(peerAddress)
  }

  duplicated(keyId: string): void {
    this.#of(keyId).duplicates += 1
  }

  destroyed(keyId: string): void {
    this.#of(keyId).isDestroyed = true
  }

  called(keyId: string, method: string): void {
    increment(this.#of(keyId).rpcs, method)
  }

  failed(keyId: string, text: string): void {
    increment(this.#of(keyId).errorsSent, text)
  }

  snapshot(): KeyStatistics[] {
    return [...this.#byKey].map(([keyId, { peers, rpcs, errorsSent, ...counters }]) => ({
      ...counters,
      keyId,
      openConnections: [...peers.values()].reduce((sum, count) => sum + count, 0),
      peers: [...peers.keys()],
      rpcs: Object.fromEntries(rpcs),
      errorsSent: Object.fromEntries(errorsSent),
    }))
  }

  #of(keyId: string): Counters {
    const known = this.#byKey.get(keyId)
    if (known !== undefined) return known
    const counters = {
      maxDistinctPeers: 0,
      duplicates: 0,
      isDestroyed: false,
      peers: new Map<string, number>(),
      rpcs: new Map<string, number>(),
      errorsSent: new Map<string, number>(),
    }
    this.#byKey.set(keyId, counters)
    return counters
  }
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
