import { tlObject } from '@telegather/telegram'
import type { ArchiveRow } from '../../archives/queries.ts'
import type { ExportedMessage } from '../queries.ts'
import { writtenMessage } from './message.ts'

/**
 * The `result.json` of a chat as Telegram Desktop exports it, message by message. Files are named by their paths on the
 * target: in its root, the export lies where they are found.
 */
export async function* resultJson(
  archive: ArchiveRow,
  pages: AsyncIterable<readonly ExportedMessage[]>,
): AsyncGenerator<string> {
  let separator = ''
  for await (const page of pages) {
    if (separator === '') yield head(archive, page)
    const written = page.map((message) => JSON.stringify(writtenMessage(message)))
    yield `${separator}\n  ${written.join(',\n  ')}`
    separator = ','
  }
  if (separator === '') yield head(archive, [])
  yield '\n ]\n}\n'
}

function head(
  { channelTitle, accessLevel, channelId }: ArchiveRow,
  page: readonly ExportedMessage[],
): string {
  // Posts have no author of their own; what is written in a group has.
  const isGroup = page.some(({ raw }) => tlObject(raw)?.['from_id'] !== undefined)
  const type = `${accessLevel}_${isGroup ? 'supergroup' : 'channel'}`
  const fields = { name: channelTitle, type, id: Number(channelId ?? 0) }
  const text = JSON.stringify(fields, null, 1)
  return `${text.slice(0, text.lastIndexOf('\n'))},\n "messages": [`
}
