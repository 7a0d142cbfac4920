/** Limits of `updates.getDifference` and `updates.getChannelDifference`. */
export interface DifferenceLimits {
  /** Maximum events of an account in one slice. */
  slice: number
  /** A client that is more than this many events behind gets a `TooLong` answer. */
  maxAge: number
}

/**
 * The channel limit is about that of Telegram: https://core.telegram.org/constructor/updates.channelDifferenceTooLong
 */
export function defaultDifferenceLimits(): DifferenceLimits {
  return { slice: 100, maxAge: 100_000 }
}
