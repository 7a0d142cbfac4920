import type { Centre } from './centre.ts'

/** Deletes a key, 16 hex digits, and its state. Its connections stay open. */
export function destroyKey(centre: Centre, keyId: string): void {
  centre.options.keys.remove(keyId)
  centre.sessions.removeKey(keyId)
  centre.subscribers.unsubscribe(keyId)
  centre.statistics.destroyed(keyId)
}
