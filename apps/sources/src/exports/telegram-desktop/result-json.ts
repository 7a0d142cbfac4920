import { tlObject } from '@telegather/telegram'
import type { ArchiveRow } from '../../archives/queries.ts'
import type { ExportedMessage } from '../queries.ts'
import { writtenMessage } from './message.ts'

/**
 * Writes an archive as a `result.json` of Telegram Desktop. File paths are relative to the target's root, so the export
 * works when it is placed there.
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
  // Only messages of a group have `from_id`; channel posts do not.
  const isGroup = page.some(({ raw }) => tlObject(raw)?.['from_id'] !== undefined)
  const type = `${accessLevel}_${isGroup ? 'supergroup' : 'channel'}`
  const fields = { name: channelTitle, type, id: Number(channelId ?? 0) }
  const text = JSON.stringify(fields, null, 1)
  return `${text.slice(0, text.lastIndexOf('\n'))},\n "messages": [`
}
