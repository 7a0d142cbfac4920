import { parseExportJson } from './export-json.ts'
import { fullExport } from './export-schema.ts'

/**
 * The chats of a full export, or the single chat of a chat export. Throws DesktopExportError if the text is not JSON.
 */
export function chatsOf(text: string): unknown[] {
  const json = parseExportJson(text)
  const full = fullExport.safeParse(json)
  return full.success ? full.data.chats.list : [json]
}
