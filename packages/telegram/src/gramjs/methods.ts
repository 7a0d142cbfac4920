import { channelInfo } from './methods/channel-info.ts'
import { channel } from './methods/channel.ts'
import { dialogs } from './methods/dialogs.ts'
import { fileChunk } from './methods/file-chunk.ts'
import { historyPage } from './methods/history-page.ts'
import { invitedChannel } from './methods/invited-channel.ts'
import { lastIdBefore } from './methods/last-id-before.ts'
import { logOut } from './methods/log-out.ts'
import { me } from './methods/me.ts'
import { messagesById } from './methods/messages-by-id.ts'
import { newestMessageId } from './methods/newest-message-id.ts'
import { resolveUsername } from './methods/resolve-username.ts'

/** Every method of the Telegram port. Its types, and its calls from other processes, are derived from this record. */
export const METHODS = {
  me,
  dialogs,
  resolveUsername,
  invitedChannel,
  channel,
  channelInfo,
  historyPage,
  lastIdBefore,
  messagesById,
  newestMessageId,
  fileChunk,
  logOut,
}
