import { extname } from 'node:path'
import { extensionOf } from './file-type.ts'

/** The length of a name that common file systems allow, in bytes, minus room for our suffixes. */
const MAX_BYTES = 143

/** Control characters, bidirectional overrides, zero-width marks, and characters with a meaning in paths or on Windows. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}/\\:*?"<>|]/gu

/**
 * Makes a file name that is safe on every file system from an untrusted name: `<message id>_<name>`, at most 143 bytes of
 * UTF-8, with the extension kept if it fits. A file that came by an edit has its version in the name:
 * `<message id>v2_<name>`.
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
  const name = safeName(file.name ?? '', MAX_BYTES - prefix.length)
  if (name) return prefix + name
  const extension = extensionOf(file.mimeType)
  return `${prefix}${file.kind}${extension === null ? '' : `.${extension}`}`
}

/** Makes one safe path segment of at most `maxBytes` of UTF-8 from `name`; '' when no usable character is left. */
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

/** The longest prefix of `text` of at most `maxBytes`, cut between characters. */
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
