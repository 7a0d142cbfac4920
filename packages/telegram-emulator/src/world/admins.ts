import type { Journal } from './journal.ts'

const PREFIX = 'admin/'

/** The admins of each channel. Admins post in broadcast channels, and edit and delete the posts of others. */
export class Admins {
  readonly #keys: Set<string>
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
    this.#keys = new Set(journal.restored(PREFIX).map(({ key }) => key))
  }

  has(channelId: bigint, accountId: bigint): boolean {
    return this.#keys.has(keyOf(channelId, accountId))
  }

  of(channelId: bigint): bigint[] {
    const prefix = keyOf(channelId, '')
    return [...this.#keys]
      .filter((key) => key.startsWith(prefix))
      .map((key) => BigInt(key.slice(prefix.length)))
  }

  appoint(channelId: bigint, accountId: bigint): void {
    this.#keys.add(keyOf(channelId, accountId))
    this.#journal.put(keyOf(channelId, accountId), true)
  }

  dismiss(channelId: bigint, accountId: bigint): void {
    const key = keyOf(channelId, accountId)
    if (this.#keys.delete(key)) this.#journal.delete(key)
  }
}

function keyOf(channelId: bigint, accountId: bigint | ''): string {
  return `${PREFIX}${channelId}/${accountId}`
}
