import type { Message } from '@telegather/contracts'
import { presentMessage } from '../messages/present.ts'
import type { ExportedMessage } from './queries.ts'

type Cell = string | number | null | undefined

const COLUMNS: Readonly<Record<string, (message: Message) => Cell>> = {
  message_id: (message) => message.message_id,
  date: (message) => message.date,
  edit_date: (message) => message.edit_date,
  deleted_at: (message) => message.deleted_at,
  kind: (message) => message.kind,
  author_id: (message) => message.author_id,
  author_name: (message) => message.author_name,
  post_author: (message) => message.post_author,
  text: (message) => message.text,
  views: (message) => message.views,
  forwards: (message) => message.forwards,
  reactions: (message) =>
    message.reactions.map(({ reaction, count }) => `${reaction} ${count}`).join(', '),
  reply_to_id: (message) => message.reply_to_id,
  forwarded_from: (message) => message.forward?.from_name ?? message.forward?.from_id,
  grouped_id: (message) => message.grouped_id,
  file_id: (message) => message.files[0]?.id,
  file_name: (message) => message.files[0]?.name,
  file_size: (message) => message.files[0]?.size,
  file_mime_type: (message) => message.files[0]?.mime_type,
  file_sha256: (message) => message.files[0]?.sha256,
  file_state: (message) => message.files[0]?.state,
  file_path: (message) => message.files[0]?.path,
  summary: (message) => message.summary,
  via_bot: (message) => message.via_bot,
}

/** Makes spreadsheets read the file as UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF'
/** Text that spreadsheets interpret as a formula, including full-width characters and leading white space. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uFF0B\uFF0D\uFF1D\uFF20|%]|^[\t\r\n]/u
const NUMBER = /^-?\d+(?:\.\d+)?$/

/** Writes CSV (RFC 4180, CRLF): a header and one record per message. */
export async function* csvRecords(
  pages: AsyncIterable<readonly ExportedMessage[]>,
): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + record(Object.keys(COLUMNS))
  const columns = Object.values(COLUMNS)
  for await (const page of pages)
    yield page
      .map(presentMessage)
      .map((message) => record(columns.map((cell) => cell(message))))
      .join('')
}

function record(cells: readonly Cell[]): string {
  return `${cells.map(field).join(',')}\r\n`
}

/**
 * Texts are untrusted. Text that a spreadsheet would run as a formula gets a leading apostrophe; plain numbers do not.
 * Fields with `;` or a tab are quoted too: a spreadsheet that splits at these would start a cell, and a formula, there.
 */
function field(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  const text = String(cell)
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
