import type { Channel } from './channel.ts'
import { now } from './clock.ts'
import type { Journal } from './journal.ts'
import type { Transaction } from './transaction.ts'

const PREFIX = 'channel-read/'

interface Mark {
  readonly maxId: number
  /** When the mark was set, Unix seconds. */
  readonly date: number
}

/** Read positions of accounts in channels. Messages of the blueprint count as read. */
export class ChannelMarks {
  /** By account, by channel. */
  readonly #read = new Map<bigint, Map<bigint, Mark>>()

  constructor(journal: Journal) {
    for (const { key, value } of journal.restored(PREFIX)) {
      const [, channelId = '', accountId = ''] = key.split('/')
      this.#of(BigInt(channelId)).set(BigInt(accountId), markOf(value as Mark | number))
    }
  }

  /** The newest post that the account has read. */
  inbox(accountId: bigint, channel: Channel): number {
    const read = this.#read.get(channel.id)?.get(accountId)?.maxId ?? 0
    return Math.max(read, channel.blueprint.timeline.topId)
  }

  /** The newest post that any other account has read. */
  outbox(accountId: bigint, channel: Channel): number {
    let newest = channel.blueprint.timeline.topId
    for (const [readerId, { maxId }] of this.#read.get(channel.id) ?? []) {
      if (readerId !== accountId) newest = Math.max(newest, maxId)
    }
    return newest
  }

  /** When the account last read something in the channel, Unix seconds; 0 if never. */
  readAt(accountId: bigint, channel: Channel): number {
    return this.#read.get(channel.id)?.get(accountId)?.date ?? 0
  }

  unreadCount(accountId: bigint, channel: Channel): number {
    return channel.countPostedAbove(this.inbox(accountId, channel))
  }

  read(
    transaction: Transaction,
    channel: Channel,
    { accountId, maxId }: { readonly accountId: bigint; readonly maxId: number },
  ): void {
    const mark = { maxId, date: now() }
    this.#of(channel.id).set(accountId, mark)
    transaction.remember(`${PREFIX}${channel.id}/${accountId}`, mark)
  }

  #of(channelId: bigint): Map<bigint, Mark> {
    const known = this.#read.get(channelId)
    if (known !== undefined) return known
    const marks = new Map<bigint, Mark>()
    this.#read.set(channelId, marks)
    return marks
  }
}

/** Entries of earlier versions are a bare message id without a date. */
function markOf(value: Mark | number): Mark {
  return typeof value === 'number' ? { maxId: value, date: 0 } : value
}
