import type { Emulator } from '@telegather/telegram-emulator'

export interface KeyStatistics {
  /** Addresses of the current connections. */
  readonly peers: readonly string[]
  /** Maximum number of addresses that were connected with one auth key at the same time. */
  readonly mostPeers: number
  /** Number of calls that were refused because another address was connected with the auth key. */
  readonly duplicates: number
  readonly keysDestroyed: number
}

/** Statistics of the emulator over all auth keys. */
export async function keyStatistics({ control }: Emulator): Promise<KeyStatistics> {
  const keys = await control.stats()
  return {
    peers: keys.flatMap(({ peers }) => peers),
    mostPeers: Math.max(...keys.map((key) => key.max_distinct_peers)),
    duplicates: keys.reduce((sum, key) => sum + key.duplicates, 0),
    keysDestroyed: keys.filter((key) => key.destroyed).length,
  }
}
