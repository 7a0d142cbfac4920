import type { Account } from './accounts.ts'
import type { Channel } from './channel.ts'
import type { ChannelMarks } from './channel-marks.ts'
import type { Channels } from './channels.ts'

/** The latest event of a channel. */
interface News {
  /** Unix seconds. */
  readonly date: number
  /** Distinguishes events within the same second. */
  readonly state: number
}

/** Finds the channels with events since a client's last `updates.getDifference`. */
export class ChannelNews {
  readonly #channels: Channels
  readonly #marks: ChannelMarks
  /** The last state reported, by auth key and kind, then by channel. */
  readonly #reported = new Map<string, Map<bigint, number>>()

  constructor(channels: Channels, marks: ChannelMarks) {
    this.#channels = channels
    this.#marks = marks
  }

  /**
   * The channels of an account with events at `date` (Unix seconds) or later. The client fetches their events with
   * `updates.getChannelDifference`. An event in the very second of `date` is reported once per key, so that a client
   * which polls repeatedly reaches an empty difference.
   */
  since(date: number, account: Account, keyId: string): Channel[] {
    return this.#since(`${keyId} events`, date, account, (channel) => {
      const newest = channel.log.all().at(-1)
      return newest === undefined ? null : { date: newest.date, state: newest.pts }
    })
  }

  /** Like {@link since}, for channels in which the account's read position moved. */
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
    const reported = this.#reported.get(kind) ?? new Map<bigint, number>()
    this.#reported.set(kind, reported)
    return [...this.#channels.all()].filter((channel) => {
      const news = newsOf(channel)
      if (news === null || news.date < date) return false
      if (news.date === date && reported.get(channel.id) === news.state) return false
      if (!this.#channels.isMember(account, channel)) return false
      reported.set(channel.id, news.state)
      return true
    })
  }
}
