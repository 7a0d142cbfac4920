import type { Tx } from '@telegather/db'
import type { Message } from '@telegather/telegram'
import { fileRows, mediaId, messageRow, type Origin } from './message-rows.ts'
import {
  findChanged,
  findWithFiles,
  insertNextFiles,
  insertVersions,
  replaceFiles,
  updateMessages,
} from './queries.ts'

/**
 * Updates stored messages to what Telegram sent; unchanged messages are only read. When an edit changed the text, its
 * formatting, the content (such as the question of a poll) or the file, the previous state is saved as a version. A
 * replaced file stays stored, and the new one becomes pending. Returns the number of edited messages.
 */
export async function refreshMessages(
  tx: Tx,
  origin: Origin,
  found: readonly Message[],
): Promise<number> {
  if (found.length === 0) return 0
  const { sourceId } = origin
  const all = found.map((message) => messageRow(sourceId, message))
  const changed = await findChanged(tx, sourceId, all)
  let edited = 0
  if (changed.size > 0) {
    const contents = found
      .filter(({ id }) => changed.has(id))
      .map((message) => ({
        message_id: message.id,
        text: message.text,
        content: message.content,
        entities: message.entities,
        media_id: mediaId(message),
      }))
    edited = await insertVersions(tx, sourceId, contents)
    await updateMessages(
      tx,
      all.filter(({ messageId }) => changed.has(messageId)),
    )
    await replaceFiles(tx, sourceId, contents)
  }
  await insertMissingFiles(tx, origin, found)
  return edited
}

/** Inserts files without a row, also of unchanged messages: an earlier release may not have stored files of their kind. */
async function insertMissingFiles(
  tx: Tx,
  origin: Origin,
  found: readonly Message[],
): Promise<void> {
  const rows = found.flatMap((message) => fileRows(origin, message))
  if (rows.length === 0) return
  const ids = rows.map(({ messageId }) => messageId)
  const withFiles = await findWithFiles(tx, origin.sourceId, ids)
  await insertNextFiles(
    tx,
    rows.filter(({ messageId }) => !withFiles.has(messageId)),
  )
}
