import type { ReadMarks } from './conversation.ts'
import type { LoggedEvent } from './event-log.ts'
import type { Journal } from './journal.ts'
import {
  EVENT_PREFIX,
  Mailbox,
  MARKS_PREFIX,
  MESSAGE_PREFIX,
  type MailboxMessage,
} from './mailbox.ts'
import type { Peer } from './peer.ts'

/** The mailboxes of all accounts, and the copies of each message in them. */
export class Mailboxes {
  readonly #byAccount = new Map<bigint, Mailbox>()
  /** Message ids by account, by the uid of the message. */
  readonly #copies = new Map<number, Map<bigint, number>>()
  #lastUid = 0

  constructor(journal: Journal) {
    const events = Map.groupBy(journal.restored(EVENT_PREFIX), ({ key }) => accountOf(key))
    for (const [accountId, entries] of events) {
      const earlier = entries.map(({ value }) => value as LoggedEvent)
      this.#byAccount.set(accountId, new Mailbox(accountId, earlier))
    }
    const messages = journal
      .restored(MESSAGE_PREFIX)
      .map(({ key, value }) => ({ key, id: idOf(key), message: value as MailboxMessage }))
      .toSorted((a, b) => a.id - b.id)
    for (const { key, id, message } of messages) {
      const mailbox = this.of(accountOf(key))
      mailbox.restore(id, message)
      this.link(mailbox, id, message.uid)
    }
    for (const { key, value } of journal.restored(MARKS_PREFIX)) {
      const { peer, marks } = value as { peer: Peer; marks: ReadMarks }
      this.of(accountOf(key)).restoreMarks(peer, marks)
    }
  }

  of(accountId: bigint): Mailbox {
    const known = this.#byAccount.get(accountId)
    if (known !== undefined) return known
    const mailbox = new Mailbox(accountId)
    this.#byAccount.set(accountId, mailbox)
    return mailbox
  }

  all(): Iterable<Mailbox> {
    return this.#byAccount.values()
  }

  nextUid(): number {
    return this.#lastUid + 1
  }

  /** Records that a message of a mailbox is a copy of the message `uid`. */
  link({ accountId }: Mailbox, messageId: number, uid: number): void {
    const copies = this.#copies.get(uid) ?? new Map<bigint, number>()
    copies.set(accountId, messageId)
    this.#copies.set(uid, copies)
    this.#lastUid = Math.max(this.#lastUid, uid)
  }

  unlink({ accountId }: Mailbox, uid: number): void {
    this.#copies.get(uid)?.delete(accountId)
    if (this.#copies.get(uid)?.size === 0) this.#copies.delete(uid)
  }

  /** Message ids by account. */
  copies(uid: number): ReadonlyMap<bigint, number> {
    return this.#copies.get(uid) ?? NO_COPIES
  }
}

const NO_COPIES: ReadonlyMap<bigint, number> = new Map()

function accountOf(key: string): bigint {
  return BigInt(key.split('/')[1] ?? '')
}

function idOf(key: string): number {
  return Number(key.split('/')[2])
}
