/** What a client said about itself in `initConnection`. */
export interface Device {
  readonly model: string
  readonly systemVersion: string
  readonly appVersion: string
  readonly langCode: string
}

/**
 * An authorization key and what Telegram remembers under it: clients send their layer and device once per key,
 * not once per connection.
 */
export interface AuthKey {
  /** The low 64 bits of the key's SHA-1 as they stand on the wire: 16 hex digits. */
  readonly id: string
  /** The key itself, 256 bytes. */
  readonly bytes: Buffer
  readonly dcId: number
  /** The layer of the last `invokeWithLayer`; null before the first. */
  layer: number | null
  /** From the last `initConnection`; null before the first. */
  apiId: number | null
  /** From the last `initConnection`; null before the first. */
  device: Device | null
  /** The account that signed in with this key, if any. */
  accountId: bigint | null
  /** False when the connection was initialised inside `invokeWithoutUpdates`. */
  receivesUpdates: boolean
  /** Every call is refused until the next `initConnection`; false when absent. */
  mustInitialise?: boolean
  /** Unix seconds. */
  readonly createdAt: number
}

/** Where a data centre keeps its keys. Ids are 16 hex digits. */
export interface AuthKeyStore {
  get(id: string): AuthKey | undefined
  add(key: AuthKey): void
  /** Called after any mutable field of a stored key changed. */
  changed(key: AuthKey): void
  remove(id: string): void
}

/** Keys that live as long as the process. */
export function memoryAuthKeys(): AuthKeyStore {
  const keys = new Map<string, AuthKey>()
  return {
    get: (id) => keys.get(id),
    add: (key) => void keys.set(key.id, key),
    changed: () => undefined,
    remove: (id) => void keys.delete(id),
  }
}
