import type { AuthKey } from '../mtproto/auth-key.ts'
import type { TlObject } from '../tl/object.ts'
import type { LoggedEvent } from './event-log.ts'

/** An update for the connected clients of accounts. */
export type Announcement = {
  readonly accountIds: readonly bigint[]
  /** The session whose call caused it; excluded, because it has the response. */
  readonly origin: object | null
} & (
  | {
      /** The channel of the events; null for events of the accounts' own mailboxes. */
      readonly channelId: bigint | null
      readonly events: readonly LoggedEvent[]
    }
  /** An `Update` of the schema that differences do not repeat. */
  | { readonly update: TlObject }
)

/** Passes updates to the listener that sends them to clients. */
export class UpdateFeed {
  #listener: (announcement: Announcement) => void = () => undefined
  #keyListener: (key: AuthKey, update: TlObject) => void = () => undefined

  /** Supports one listener: the component that sends updates to the data centres' connections. */
  onAnnouncement(listener: (announcement: Announcement) => void): void {
    this.#listener = listener
  }

  announce(announcement: Announcement): void {
    this.#listener(announcement)
  }

  onKeyUpdate(listener: (key: AuthKey, update: TlObject) => void): void {
    this.#keyListener = listener
  }

  /** Sends an `Update` to a key, even if it is not signed in. */
  sendToKey(key: AuthKey, update: TlObject): void {
    this.#keyListener(key, update)
  }
}
