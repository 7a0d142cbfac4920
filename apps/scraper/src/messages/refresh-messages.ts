import { storable, type Tx } from '@telegather/db'
import type { Message } from '@telegather/telegram'
import { fileRows, mediaId, messageRow } from './message-rows.ts'
import { insertNextFiles, insertVersions, replaceFiles, updateMessages } from './queries.ts'

/**
 * Brings messages that are stored up to date with what Telegram says of them now. Where an edit changed the text, its
 * formatting or the file, the earlier content becomes a version; a file that was replaced stays where it lies, and the
 * new one waits to be stored. Answers how many were edited so.
 */
export async function refreshMessages(
  tx: Tx,
  sourceId: number,
  found: readonly Message[],
): Promise<number> {
  if (found.length === 0) return 0
  const rows = found.map((message) => storable(messageRow(sourceId, message)))
  const contents = found.map((message) => ({
    message_id: message.id,
    text: storable(message.text),
    entities: storable(message.entities),
    media_id: mediaId(message),
  }))
  const edited = await insertVersions(tx, sourceId, contents)
  await updateMessages(tx, rows)
  await replaceFiles(tx, sourceId, contents)
  await insertNextFiles(
    tx,
    found.flatMap((message) => fileRows(sourceId, message)),
  )
  return edited
}
