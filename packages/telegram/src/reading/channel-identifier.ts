import { bareChannelId } from '../peer-id.ts'

/** How people name a channel, understood. */
export type ChannelIdentifier =
  | { readonly by: 'username'; readonly username: string }
  /** The bare id. */
  | { readonly by: 'id'; readonly id: string }
  /** The end of an invite link. */
  | { readonly by: 'invite'; readonly hash: string }

const USERNAME = /^[a-z][a-z0-9_]{3,31}$/i
const INVITE_HASH = /^(?!\d+$)[\w-]{8,64}$/
const LINK = /^(?:https?:\/\/)?(?:www\.)?(?:t|telegram)\.(?:me|dog)\/(.+)$/i

/** First path segments of t.me that are no usernames. */
const RESERVED = new Set(['joinchat', 'addstickers', 'addemoji', 'proxy', 'socks', 'share', 'iv'])

/**
 * Reads `@name`, `name`, links such as `https://t.me/name/123` and `t.me/c/1234/5`, and numeric ids, bare
 * or marked with `-100`, and invite links (`t.me/+hash`, `t.me/joinchat/hash`). Null for everything else.
 */
export function parseChannelIdentifier(text: string): ChannelIdentifier | null {
  const trimmed = text.trim()
  const id = bareChannelId(trimmed)
  if (id !== null) return { by: 'id', id }
  const path = LINK.exec(trimmed)?.[1]
  return path === undefined ? usernameIdentifier(trimmed.replace(/^@/, '')) : fromPath(path)
}

function fromPath(path: string): ChannelIdentifier | null {
  const [first = '', second = ''] = (path.split(/[?#]/)[0] ?? '').split('/')
  if (first === 'c') {
    const id = bareChannelId(second)
    return id === null || second.startsWith('-') ? null : { by: 'id', id }
  }
  // Nothing but digits is somebody's telephone number.
  const hash = first === 'joinchat' ? second : first.startsWith('+') ? first.slice(1) : null
  if (hash !== null) return INVITE_HASH.test(hash) ? { by: 'invite', hash } : null
  // `t.me/s/name` is the same channel's page for browsers.
  const name = first === 's' ? second : first
  return RESERVED.has(name.toLowerCase()) ? null : usernameIdentifier(name)
}

function usernameIdentifier(name: string): ChannelIdentifier | null {
  return USERNAME.test(name) ? { by: 'username', username: name } : null
}
