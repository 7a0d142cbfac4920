import type { CallOptions, Telegram } from '@telegather/telegram'

/** Every method of the Telegram port that can be called in another process; only the lease holder disconnects. */
export type Method = Exclude<keyof Telegram, 'close'>

/** Makes one call, in the process where the session is connected. */
export type MakeCall = <M extends Method>(
  method: M,
  args: readonly unknown[],
  options: CallOptions | undefined,
) => ReturnType<Telegram[M]>

/** The Telegram port over a function that makes a call. */
export function portOver(call: MakeCall, close: () => Promise<void>): Telegram {
  return {
    me: (options) => call('me', [], options),
    dialogs: (page, options) => call('dialogs', [page], options),
    resolveUsername: (username, options) => call('resolveUsername', [username], options),
    invitedChannel: (hash, options) => call('invitedChannel', [hash], options),
    channel: (ref, options) => call('channel', [ref], options),
    channelInfo: (ref, options) => call('channelInfo', [ref], options),
    historyPage: (ref, page, options) => call('historyPage', [ref, page], options),
    lastIdBefore: (ref, instant, options) => call('lastIdBefore', [ref, instant], options),
    messagesById: (ref, ids, options) => call('messagesById', [ref, ids], options),
    newestMessageId: (ref, options) => call('newestMessageId', [ref], options),
    fileChunk: (location, range, options) => call('fileChunk', [location, range], options),
    logOut: (options) => call('logOut', [], options),
    close,
  }
}

/** Makes the call on a connected port. */
export function callAt(
  telegram: Telegram,
  method: Method,
  args: readonly unknown[],
  options: CallOptions | undefined,
): Promise<unknown> {
  // Method and arguments come from `portOver`, whose methods are checked by their types.
  const run = telegram[method] as (...given: readonly unknown[]) => Promise<unknown>
  return run.call(telegram, ...args, options)
}
