import type { Journal } from './journal.ts'
import type { MessageMedia } from './model.ts'
import { peerKey, type Peer } from './peer.ts'
import type { Transaction } from './transaction.ts'

/** A message that an account sent through the API. */
export interface SentMessage {
  readonly accountId: bigint
  readonly peer: Peer
  readonly messageId: number
  readonly randomId: bigint
  readonly text: string
  readonly media: MessageMedia | null
  /** Unix seconds. */
  readonly date: number
}

const PREFIX = 'sent/'

/** The messages that accounts sent, in order, including those deleted since; and the used `random_id`s. */
export class SentLog {
  readonly #messages: SentMessage[] = []
  readonly #used = new Set<string>()

  constructor(journal: Journal) {
    for (const { value } of journal.restored(PREFIX)) this.#add(value as SentMessage)
  }

  all(): readonly SentMessage[] {
    return this.#messages
  }

  /** Whether the account has already sent a message with this `random_id`. */
  has(accountId: bigint, randomId: bigint): boolean {
    return this.#used.has(`${accountId}/${randomId}`)
  }

  add(transaction: Transaction, message: SentMessage): void {
    this.#add(message)
    const { accountId, randomId, peer, messageId } = message
    const place = `${peerKey(peer)}/${messageId}`
    transaction.remember(`${PREFIX}${accountId}/${randomId}/${place}`, message)
  }

  #add(message: SentMessage): void {
    this.#messages.push(message)
    this.#used.add(`${message.accountId}/${message.randomId}`)
  }
}
