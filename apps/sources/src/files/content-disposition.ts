import { extname } from 'node:path'
import { create } from 'content-disposition'

/** Encoded, what all servers and clients on the way take for a header. */
const MAX_NAME_CHARACTERS = 200
const MAX_EXTENSION_CHARACTERS = 16
/** Controls, and marks by which a name looks like another one. */
const DECEIVING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}/\\]/gu

/** A `Content-Disposition` (RFC 6266) with a name that others have chosen; `otherwise` where it is none. */
export function contentDisposition(
  type: 'inline' | 'attachment',
  name: string,
  otherwise = 'file',
): string {
  const isName = /[^\s._]/.test(name.replaceAll(DECEIVING, ''))
  const extension = extname(name).slice(0, MAX_EXTENSION_CHARACTERS)
  const short =
    name.length > MAX_NAME_CHARACTERS
      ? name.slice(0, MAX_NAME_CHARACTERS - extension.length) + extension
      : name
  const told = isName ? short.replaceAll(DECEIVING, '_') : otherwise
  // For clients that know ASCII only, such as curl; not with question marks, which no shell and no Windows takes.
  const ascii = told.replaceAll(/[^\x20-\x7E]/gu, '_')
  return create(told, { type, fallback: ascii === told || ascii })
}
