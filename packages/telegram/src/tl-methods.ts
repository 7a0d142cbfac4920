import type { Telegram } from './port.ts'

/**
 * Telegram's methods behind each method of the port, by their schema names. Telegram counts flood waits by these: two
 * methods of the port that share one wait together.
 */
export const TL_METHODS: Readonly<Record<Exclude<keyof Telegram, 'close'>, readonly string[]>> = {
  me: ['users.getUsers'],
  dialogs: ['messages.getDialogs'],
  resolveUsername: ['contacts.resolveUsername'],
  invitedChannel: ['messages.checkChatInvite'],
  channel: ['channels.getChannels'],
  channelInfo: ['channels.getFullChannel', 'messages.getFullChat'],
  historyPage: ['messages.getHistory'],
  lastIdBefore: ['messages.getHistory'],
  messagesById: ['channels.getMessages'],
  newestMessageId: ['channels.getFullChannel', 'updates.getChannelDifference'],
  fileChunk: ['upload.getFile'],
  logOut: ['auth.logOut'],
}

/** GramJS's `messages.GetHistory` is the schema's `messages.getHistory`. */
export function schemaName(className: string): string {
  return className.replace(/(?<=^|\.)[A-Z]/, (letter) => letter.toLowerCase())
}
