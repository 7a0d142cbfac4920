import { DesktopExportError } from './export-error.ts'

/** Longer texts are rejected; V8's own limit is 512 Mi characters. */
export const MAX_EXPORT_CHARACTERS = 256 * 1024 * 1024

/** A JSON string, which may contain raw control characters and `\xNN`, neither of which is valid JSON. */
const STRING = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"/g
const ILLEGAL = /\\x([0-9a-fA-F]{2})|\\[\s\S]|\p{Cc}/gu

function legalString(text: string): string {
  return text.replaceAll(ILLEGAL, (match, hex: string | undefined) => {
    if (hex !== undefined) return String.raw`\u00${hex}`
    if (match.startsWith('\\')) return match
    return String.raw`\u00${match.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

/**
 * Parses the JSON of Telegram Desktop. Some versions write control characters raw or as `\x0B`; both are read as these
 * characters.
 *
 * @throws DesktopExportError
 */
export function parseExportJson(text: string): unknown {
  if (text.length > MAX_EXPORT_CHARACTERS) {
    throw new DesktopExportError(
      `export of ${text.length} characters; at most ${MAX_EXPORT_CHARACTERS}`,
    )
  }
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text
  try {
    return JSON.parse(json)
  } catch {
    return parseRepaired(json)
  }
}

function parseRepaired(json: string): unknown {
  try {
    return JSON.parse(json.replaceAll(STRING, legalString))
  } catch (cause) {
    throw new DesktopExportError('not a JSON document', { cause })
  }
}
