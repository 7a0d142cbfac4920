import { history, historyById, lastIdBeforeById, withRetry } from '@telegather/telegram'

/** How a channel's posts are found: bots may not ask for its history. */
export interface Reading {
  readonly history: typeof historyById
  /** The id of the last message from before an instant; 0 for none. */
  readonly lastIdBefore: typeof lastIdBeforeById
}

export const READING: Reading = {
  history,
  lastIdBefore: (telegram, ref, instant, options) =>
    withRetry(options, () => telegram.lastIdBefore({ channel: ref, instant }, options)),
}
export const READING_OF_BOTS: Reading = { history: historyById, lastIdBefore: lastIdBeforeById }
