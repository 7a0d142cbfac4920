/** The client's description of itself in `initConnection`. */
export interface Device {
  readonly model: string
  readonly systemVersion: string
  readonly appVersion: string
  readonly langCode: string
}

/**
 * An authorization key and the state that Telegram keeps with it. Clients send their layer and device once per key, not
 * once per connection.
 */
export interface AuthKey {
  /** The low 64 bits of the key's SHA-1, in wire order: 16 hex digits. */
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
  /** True: every call is refused until the next `initConnection`. Absent means false. */
  mustInitialise?: boolean
  /** Unix seconds. */
  readonly createdAt: number
}

/** The key storage of a data centre. Ids are 16 hex digits. */
export interface AuthKeyStore {
  get(id: string): AuthKey | undefined
  add(key: AuthKey): void
  /** Has to be called after a change to a mutable field of a stored key. */
  changed(key: AuthKey): void
  remove(id: string): void
}

/** A key store in memory, for the lifetime of the process. */
export function memoryAuthKeys(): AuthKeyStore {
  const keys = new Map<string, AuthKey>()
  return {
    get: (id) => keys.get(id),
    add: (key) => void keys.set(key.id, key),
    changed: () => undefined,
    remove: (id) => void keys.delete(id),
  }
}
