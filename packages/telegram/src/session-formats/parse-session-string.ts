import { AUTH_KEY_BYTES, foreignLogin, rejected, type ReadLogin } from './read-login.ts'

/** Far above the longest form. */
const MAX_CHARACTERS = 1024

/** Line breaks of mails and terminals, invisible characters and the quotes of source code are part of no form. */
const AROUND_AND_BETWEEN = /[\s\p{Cc}\p{Cf}"'`\u2018-\u201f\u00ab\u00bb\\]/gu

/** What Telethon and GramJS begin theirs with: the version of the form. */
const VERSION = '1'

/** Telethon: data centre, packed address of 4 or 16 bytes, port, key (`>B{4|16}sH256s`). */
const TELETHON_BYTES = new Set([263, 275])

/** GramJS: data centre, length of the address, address as text, port, key; numbers big-endian. */
const GRAMJS_ADDRESS_AT = 3
const PORT_BYTES = 2

/**
 * Pyrogram's three forms by their length: where the key begins. `>B?256sI?`, `>B?256sQ?` and, since
 * version 2, with the application's id `>BI?256sQ?`.
 */
const PYROGRAM_KEY_AT: ReadonlyMap<number, number> = new Map([
  [263, 2],
  [267, 2],
  [271, 6],
])

/**
 * The login in a session string of Telethon, GramJS or Pyrogram, recognised by its content. Whether
 * Telegram still knows it, only Telegram can tell.
 */
export function parseSessionString(text: string): ReadLogin {
  const pasted = text.replaceAll(AROUND_AND_BETWEEN, '')
  if (pasted.length > MAX_CHARACTERS)
    return rejected('too_large', 'A session string has at most 1,024 characters')
  return pasted.startsWith(VERSION) ? parseVersioned(pasted.slice(1)) : parsePyrogram(pasted)
}

/** The last 256 bytes are the key in both forms. */
function parseVersioned(encoded: string): ReadLogin {
  const bytes = decodeBase64(encoded)
  if (!bytes) return notAString()
  if (!TELETHON_BYTES.has(bytes.length) && !isGramjs(bytes))
    return rejected(
      'damaged',
      'The session string is incomplete: it begins like one of Telethon or GramJS, but has another length',
    )
  return foreignLogin(bytes.readUInt8(0), bytes.subarray(-AUTH_KEY_BYTES))
}

function isGramjs(bytes: Buffer): boolean {
  if (bytes.length < GRAMJS_ADDRESS_AT) return false
  const addressBytes = bytes.readUInt16BE(1)
  return bytes.length === GRAMJS_ADDRESS_AT + addressBytes + PORT_BYTES + AUTH_KEY_BYTES
}

function parsePyrogram(encoded: string): ReadLogin {
  const bytes = decodeBase64(encoded)
  const keyAt = bytes ? PYROGRAM_KEY_AT.get(bytes.length) : undefined
  if (!bytes || keyAt === undefined) return notAString()
  return foreignLogin(bytes.readUInt8(0), bytes.subarray(keyAt, keyAt + AUTH_KEY_BYTES))
}

/** Either alphabet, with or without padding; null for anything that is not exactly base64 (RFC 4648). */
function decodeBase64(encoded: string): Buffer | null {
  const canonical = encoded
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  const bytes = Buffer.from(canonical, 'base64url')
  return bytes.toString('base64url') === canonical ? bytes : null
}

function notAString(): ReadLogin {
  return rejected('not_a_session', 'This is not a session string of Telethon, GramJS or Pyrogram')
}
