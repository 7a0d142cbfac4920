import { IdList } from './id-list.ts'
import type { MailboxMessage } from './mailbox.ts'
import type { Timeline } from './model.ts'
import type { Peer } from './peer.ts'

/** The read positions of a dialog: the account's own, and the other side's. */
export interface ReadMarks {
  readonly inbox: number
  readonly outbox: number
}

/** One account's view of a private chat or a group. */
export class Conversation implements Timeline {
  readonly peer: Peer
  readonly #messages: ReadonlyMap<number, MailboxMessage>
  readonly #ids = new IdList()
  #marks: ReadMarks = { inbox: 0, outbox: 0 }
  #unreadCount = 0

  /** @param messages all messages of the mailbox, by id */
  constructor(peer: Peer, messages: ReadonlyMap<number, MailboxMessage>) {
    this.peer = peer
    this.#messages = messages
  }

  get count(): number {
    return this.#ids.size
  }

  get topId(): number {
    return this.#ids.last
  }

  get marks(): ReadMarks {
    return this.#marks
  }

  get unreadCount(): number {
    return this.#unreadCount
  }

  /** The message has to be in the mailbox already. */
  append(id: number): void {
    this.#ids.append(id)
    if (this.#isUnread(id)) this.#unreadCount += 1
  }

  /** Removes a message; call it while the message is still in the mailbox. */
  remove(id: number): void {
    if (this.#ids.delete(id) && this.#isUnread(id)) this.#unreadCount -= 1
  }

  mark(marks: ReadMarks): void {
    this.#marks = marks
    this.#unreadCount = [...this.#ids.from(marks.inbox + 1)].filter((id) =>
      this.#isUnread(id),
    ).length
  }

  get(id: number): MailboxMessage | undefined {
    return this.#ids.has(id) ? this.#messages.get(id) : undefined
  }

  idsBelow(beforeId: number): Iterable<number> {
    return this.#ids.below(beforeId)
  }

  idsFrom(fromId: number): Iterable<number> {
    return this.#ids.from(fromId)
  }

  #isUnread(id: number): boolean {
    return id > this.#marks.inbox && this.#messages.get(id)?.tl['out'] !== true
  }
}
