import { extname } from 'node:path'
import { extensionOf } from './file-type.ts'

/** What file systems commonly allow for one name, less room for a suffix of ours. */
const MAX_BYTES = 143

/** Controls, bidirectional overrides and zero-width marks, and what paths and Windows give a meaning to. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}/\\:*?"<>|]/gu

/**
 * A file name that is safe on every file system, from one that anybody may have chosen:
 * `<message id>_<name>`, at most 143 bytes of UTF-8, the extension kept where it fits. Beside a message's first file
 * there is room for those that edits bring: `<message id>v2_<name>`.
 */
export function fileName(
  messageId: number,
  file: {
    readonly version: number
    readonly name: string | null
    readonly kind: string
    readonly mimeType: string | null
  },
): string {
  const prefix = file.version === 1 ? `${messageId}_` : `${messageId}v${file.version}_`
  const given = safeName(file.name ?? '', MAX_BYTES - prefix.length)
  if (given) return prefix + given
  const extension = extensionOf(file.mimeType)
  return `${prefix}${file.kind}${extension === null ? '' : `.${extension}`}`
}

/** `name` without anything that a path could be made of, or '' when nothing is left. */
export function safeName(name: string, maxBytes: number): string {
  const cleaned = name
    .normalize('NFC')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(FORBIDDEN, '_')
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '')
  if (/^_*$/.test(cleaned)) return ''
  if (Buffer.byteLength(cleaned) <= maxBytes) return cleaned
  const extension = extname(cleaned)
  const kept = Buffer.byteLength(extension) <= 20 ? extension : ''
  const stem = cleaned.slice(0, cleaned.length - kept.length)
  return truncate(stem, maxBytes - Buffer.byteLength(kept)).replace(/[. ]+$/, '') + kept
}

/** The longest beginning of `text` that fits, never half a character. */
function truncate(text: string, maxBytes: number): string {
  let result = ''
  let bytes = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > maxBytes) break
    result += character
  }
  return result
}
