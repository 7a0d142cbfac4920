import type { FileLocation } from '@telegather/telegram'
import type { FileRoute } from './file-route.ts'
import type { FileToStore } from './queries.ts'

/** Telegram no longer has the file: its message was deleted, or has another file by now. */
export class FileGone extends Error {
  override readonly name = 'FileGone'
}

/** The file's location as Telegram gives it now, by the file's message. Throws FileGone. */
export async function freshLocation(
  route: FileRoute,
  file: FileToStore,
  signal: AbortSignal,
): Promise<FileLocation> {
  const ids = [file.messageId]
  const [message] = await route.telegram.messagesById(route.channel, ids, { signal })
  if (!message?.media) throw new FileGone('The message has been deleted, and its file with it')
  const { location } = message.media
  if (location.id !== (file.location as FileLocation).id)
    throw new FileGone('The message has another file by now')
  return location
}
