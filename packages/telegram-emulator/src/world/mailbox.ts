import { Conversation, type ReadMarks } from './conversation.ts'
import { EventLog, type LoggedEvent, type NewEvent } from './event-log.ts'
import type { ChannelMessage } from './model.ts'
import { peerKey, type Peer } from './peer.ts'
import type { Transaction } from './transaction.ts'

/** One account's copy of a message in a private chat or a group. */
export interface MailboxMessage extends ChannelMessage {
  readonly peer: Peer
  /** The account that wrote it. */
  readonly authorId: bigint
  /** Equal in all copies of a message. */
  readonly uid: number
}

export const MESSAGE_PREFIX = 'mail/'
export const EVENT_PREFIX = 'mail-event/'
export const MARKS_PREFIX = 'mail-marks/'

/** The `pts` of a new account is 1, because 0 stands for a client without any state. */
const INITIAL_PTS = 1

/** The private chats and groups of one account. Their messages share one sequence of ids and one `pts`. */
export class Mailbox {
  readonly accountId: bigint
  readonly log: EventLog
  readonly #messages = new Map<number, MailboxMessage>()
  readonly #conversations = new Map<string, Conversation>()
  #lastId = 0

  /** @param earlier events of earlier runs */
  constructor(accountId: bigint, earlier: readonly LoggedEvent[] = []) {
    this.accountId = accountId
    this.log = new EventLog(INITIAL_PTS, earlier)
    for (const { kind, messageIds } of earlier) {
      if (kind === 'new_message') this.#lastId = Math.max(this.#lastId, ...messageIds)
    }
  }

  /** The id of the next message. Ids of deleted messages are not reused. */
  get nextId(): number {
    return this.#lastId + 1
  }

  get(id: number): MailboxMessage | undefined {
    return this.#messages.get(id)
  }

  conversation(peer: Peer): Conversation | undefined {
    return this.#conversations.get(peerKey(peer))
  }

  conversations(): Iterable<Conversation> {
    return this.#conversations.values()
  }

  /** Restores a message of an earlier run. Call it in ascending order of ids. */
  restore(id: number, message: MailboxMessage): void {
    this.#messages.set(id, message)
    this.#open(message.peer).append(id)
    this.#lastId = Math.max(this.#lastId, id)
  }

  /** Adds a message under {@link nextId}. */
  add(transaction: Transaction, message: MailboxMessage): void {
    const id = this.nextId
    this.restore(id, message)
    transaction.remember(`${MESSAGE_PREFIX}${this.accountId}/${id}`, message)
  }

  replace(transaction: Transaction, id: number, message: MailboxMessage): void {
    this.#messages.set(id, message)
    transaction.remember(`${MESSAGE_PREFIX}${this.accountId}/${id}`, message)
  }

  remove(transaction: Transaction, id: number): void {
    const message = this.#messages.get(id)
    if (message === undefined) return
    this.#open(message.peer).remove(id)
    this.#messages.delete(id)
    transaction.forget(`${MESSAGE_PREFIX}${this.accountId}/${id}`)
  }

  restoreMarks(peer: Peer, marks: ReadMarks): void {
    this.#open(peer).mark(marks)
  }

  mark(transaction: Transaction, peer: Peer, marks: ReadMarks): void {
    this.restoreMarks(peer, marks)
    const key = `${MARKS_PREFIX}${this.accountId}/${peerKey(peer)}`
    transaction.remember(key, { peer, marks })
  }

  record(transaction: Transaction, event: NewEvent): LoggedEvent {
    const logged = this.log.add(event)
    transaction.remember(`${EVENT_PREFIX}${this.accountId}/${logged.pts}`, logged)
    return logged
  }

  #open(peer: Peer): Conversation {
    const key = peerKey(peer)
    const known = this.#conversations.get(key)
    if (known !== undefined) return known
    const conversation = new Conversation(peer, this.#messages)
    this.#conversations.set(key, conversation)
    return conversation
  }
}
