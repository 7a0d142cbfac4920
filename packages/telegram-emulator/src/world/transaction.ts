import type { Change, Journal } from './journal.ts'
import type { Announcement, UpdateFeed } from './update-feed.ts'

/** A step of the world: its changes are stored together, then its updates are sent. */
export class Transaction {
  readonly #changes: Change[] = []
  readonly #announcements: Announcement[] = []

  remember(key: string, value: unknown): void {
    this.#changes.push([key, value])
  }

  forget(key: string): void {
    this.#changes.push([key])
  }

  announce(announcement: Announcement): void {
    this.#announcements.push(announcement)
  }

  commit(journal: Journal, feed: UpdateFeed): void {
    journal.write(this.#changes)
    for (const announcement of this.#announcements) feed.announce(announcement)
  }
}
