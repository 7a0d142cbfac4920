import { AUTH_KEY_BYTES, foreignLogin, rejected, type ReadLogin } from './read-login.ts'

/** The longest valid string, of GramJS with a host name of 253 characters, has 689. */
const MAX_CHARACTERS = 1024

/** Removed before parsing: white space, control and invisible characters, quotes and backslashes of pasted text. */
const AROUND_AND_BETWEEN = /[\s\p{Cc}\p{Cf}"'`\u2018-\u201f\u00ab\u00bb\\]/gu

/** First character of a Telethon or GramJS string: its format version. */
const VERSION = '1'

/** Telethon's lengths: data centre, IP address of 4 or 16 bytes, port, auth key (`>B{4|16}sH256s`). */
const TELETHON_BYTES = new Set([263, 275])

/** GramJS: data centre (1 byte), length of the address (2), address as text, port (2), auth key; big-endian. */
const GRAMJS_ADDRESS_AT = 3
const PORT_BYTES = 2

/**
 * Offset of the auth key in Pyrogram's three formats, by their length: `>B?256sI?`, `>B?256sQ?` and, since version 2,
 * `>BI?256sQ?` with the application id.
 */
const PYROGRAM_KEY_AT: ReadonlyMap<number, number> = new Map([
  [263, 2],
  [267, 2],
  [271, 6],
])

/**
 * Parses a session string of Telethon, GramJS or Pyrogram; the format is detected from the content. Does not check
 * whether the login is still valid at Telegram (see `verifyLogin`). Never throws.
 */
export function parseSessionString(text: string): ReadLogin {
  const pasted = text.replaceAll(AROUND_AND_BETWEEN, '')
  if (pasted.length > MAX_CHARACTERS)
    return rejected('too_large', 'A session string has at most 1,024 characters')
  return pasted.startsWith(VERSION) ? parseVersioned(pasted.slice(1)) : parsePyrogram(pasted)
}

/** Telethon and GramJS: the auth key is the last 256 bytes. */
function parseVersioned(encoded: string): ReadLogin {
  const bytes = decodeBase64(encoded)
  if (!bytes) return notAString()
  if (!TELETHON_BYTES.has(bytes.length) && !isGramjs(bytes))
    return rejected(
      'damaged',
      'The session string is incomplete: it begins like a Telethon or GramJS string, but has another length',
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

/** Decodes base64 or base64url, with or without padding (RFC 4648); null for any other text. */
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
