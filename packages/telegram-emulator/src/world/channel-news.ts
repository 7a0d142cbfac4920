import type { Account } from './accounts.ts'
import type { Channel } from './channel.ts'
import type { ChannelMarks } from './channel-marks.ts'
import type { Channels } from './channels.ts'

/** What happened to a channel last. */
interface News {
  /** Unix seconds. */
  readonly date: number
  /** Tells it from what happens later in that second. */
  readonly state: number
}

/** Which channels had news since a client last asked. */
export class ChannelNews {
  readonly #channels: Channels
  readonly #marks: ChannelMarks
  /** What was told last, by auth key and kind, and by channel. */
  readonly #told = new Map<string, Map<bigint, number>>()

  constructor(channels: Channels, marks: ChannelMarks) {
    this.#channels = channels
    this.#marks = marks
  }

  /**
   * The channels of an account where something happened at `date` (Unix seconds) or later: their events are told in
   * differences of their own. What happened in that very second is told once, so that a client that asks again and
   * again comes to an end.
   */
  since(date: number, account: Account, keyId: string): Channel[] {
    return this.#since(`${keyId} events`, date, account, (channel) => {
      const newest = channel.log.all().at(-1)
      return newest === undefined ? null : { date: newest.date, state: newest.pts }
    })
  }

  /** Likewise, the channels in which the account has read something. */
  readSince(date: number, account: Account, keyId: string): Channel[] {
    return this.#since(`${keyId} reads`, date, account, (channel) => {
      const readAt = this.#marks.readAt(account.id, channel)
      return readAt === 0 ? null : { date: readAt, state: this.#marks.inbox(account.id, channel) }
    })
  }

  #since(
    kind: string,
    date: number,
    account: Account,
    newsOf: (channel: Channel) => News | null,
  ): Channel[] {
    const told = this.#told.get(kind) ?? new Map<bigint, number>()
    this.#told.set(kind, told)
    return [...this.#channels.all()].filter((channel) => {
      const news = newsOf(channel)
      if (news === null || news.date < date) return false
      if (news.date === date && told.get(channel.id) === news.state) return false
      if (!this.#channels.isMember(account, channel)) return false
      told.set(channel.id, news.state)
      return true
    })
  }
}
