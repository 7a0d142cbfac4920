import { history, historyById, lastIdBeforeById, withRetry } from '@telegather/telegram'

/** The calls that read a channel's posts. */
export interface ChannelReader {
  readonly history: typeof historyById
  /** The id of the channel's last message before an instant; 0 when there is none. */
  readonly lastIdBefore: typeof lastIdBeforeById
}

/** For user accounts. */
export const READER_BY_HISTORY: ChannelReader = {
  history,
  lastIdBefore: (telegram, ref, instant, options) =>
    withRetry(options, () => telegram.lastIdBefore({ channel: ref, instant }, options)),
}
/** For bots: Telegram refuses them the history methods, so messages are read by id. */
export const READER_BY_ID: ChannelReader = { history: historyById, lastIdBefore: lastIdBeforeById }
