import type { Connection } from './connection.ts'

/** The connections of each key. Peers are identified by IP address. */
export class Ownership {
  /** By key id, in order of connection. */
  readonly #holders = new Map<string, Set<Connection>>()

  take(keyId: string, connection: Connection): void {
    const holders = this.#holders.get(keyId) ?? new Set()
    this.#holders.set(keyId, holders.add(connection))
  }

  release(keyId: string, connection: Connection): void {
    const holders = this.#holders.get(keyId)
    holders?.delete(connection)
    if (holders?.size === 0) this.#holders.delete(keyId)
  }

  holders(keyId: string): Connection[] {
    return [...(this.#holders.get(keyId) ?? [])]
  }

  /** Whether another peer used the key earlier and is still connected. */
  isDuplicate(keyId: string, connection: Connection): boolean {
    const [first] = this.#holders.get(keyId) ?? []
    return first !== undefined && first.peerAddress !== connection.peerAddress
  }
}
