import { history, historyById, lastIdBeforeById, withRetry } from '@telegather/telegram'

/** How a channel's posts are read. */
export interface ChannelReader {
  readonly history: typeof historyById
  /** The id of the last message from before an instant; 0 for none. */
  readonly lastIdBefore: typeof lastIdBeforeById
}

/** For accounts of people. */
export const READER_BY_HISTORY: ChannelReader = {
  history,
  lastIdBefore: (telegram, ref, instant, options) =>
    withRetry(options, () => telegram.lastIdBefore({ channel: ref, instant }, options)),
}
/** For bots, whom Telegram refuses the history. */
export const READER_BY_ID: ChannelReader = { history: historyById, lastIdBefore: lastIdBeforeById }
