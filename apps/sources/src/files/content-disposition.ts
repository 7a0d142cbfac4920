import { extname } from 'node:path'
import { create } from 'content-disposition'

/** Encoded, a name of this length fits the header limits of common servers, proxies and clients. */
const MAX_NAME_CHARACTERS = 200
const MAX_EXTENSION_CHARACTERS = 16
/** Control characters, separators of paths, and invisible marks that disguise a name. */
const DECEIVING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}/\\]/gu

/** A `Content-Disposition` (RFC 6266) with an untrusted file name; `fallback` when the name has no usable character. */
export function contentDisposition(
  type: 'inline' | 'attachment',
  name: string,
  fallback = 'file',
): string {
  const isName = /[^\s._]/.test(name.replaceAll(DECEIVING, ''))
  const extension = extname(name).slice(0, MAX_EXTENSION_CHARACTERS)
  const short =
    name.length > MAX_NAME_CHARACTERS
      ? name.slice(0, MAX_NAME_CHARACTERS - extension.length) + extension
      : name
  const fileName = isName ? short.replaceAll(DECEIVING, '_') : fallback
  // For clients that read ASCII only, such as curl. `_` instead of the library's `?`, which Windows and shells refuse.
  const ascii = fileName.replaceAll(/[^\x20-\x7E]/gu, '_')
  return create(fileName, { type, fallback: ascii === fileName || ascii })
}
