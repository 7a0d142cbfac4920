import type { Emulator } from '@telegather/telegram-emulator'

export interface KeyStatistics {
  /** The addresses that are connected now. */
  readonly peers: readonly string[]
  /** The most addresses that were connected at once with one key. */
  readonly mostPeers: number
  /** Calls that Telegram refused because another address had the key. */
  readonly duplicates: number
  readonly keysDestroyed: number
}

/** What the emulator has seen, over all keys. */
export async function keyStatistics({ control }: Emulator): Promise<KeyStatistics> {
  const keys = await control.stats()
  return {
    peers: keys.flatMap(({ peers }) => peers),
    mostPeers: Math.max(...keys.map((key) => key.max_distinct_peers)),
    duplicates: keys.reduce((sum, key) => sum + key.duplicates, 0),
    keysDestroyed: keys.filter((key) => key.destroyed).length,
  }
}
