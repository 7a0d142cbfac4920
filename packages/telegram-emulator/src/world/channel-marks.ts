import type { Channel } from './channel.ts'
import { now } from './clock.ts'
import type { Journal } from './journal.ts'
import type { Transaction } from './transaction.ts'

const PREFIX = 'channel-read/'

interface Mark {
  readonly maxId: number
  /** When it was set, Unix seconds. */
  readonly date: number
}

/** How far accounts have read channels. What the world began with counts as read. */
export class ChannelMarks {
  /** By account, by channel. */
  readonly #read = new Map<bigint, Map<bigint, Mark>>()

  constructor(journal: Journal) {
    for (const { key, value } of journal.restored(PREFIX)) {
      const [, channelId = '', accountId = ''] = key.split('/')
      this.#of(BigInt(channelId)).set(BigInt(accountId), markOf(value as Mark | number))
    }
  }

  /** The newest post that an account has read. */
  inbox(accountId: bigint, channel: Channel): number {
    const read = this.#read.get(channel.id)?.get(accountId)?.maxId ?? 0
    return Math.max(read, channel.blueprint.timeline.topId)
  }

  /** The newest post that anyone but the account has read. */
  outbox(accountId: bigint, channel: Channel): number {
    let newest = channel.blueprint.timeline.topId
    for (const [readerId, { maxId }] of this.#read.get(channel.id) ?? []) {
      if (readerId !== accountId) newest = Math.max(newest, maxId)
    }
    return newest
  }

  /** When an account last read something in a channel, Unix seconds; 0 if it never did. */
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

/** Earlier journals do not tell when something was read. */
function markOf(value: Mark | number): Mark {
  return typeof value === 'number' ? { maxId: value, date: 0 } : value
}
