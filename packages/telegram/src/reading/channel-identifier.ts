import { bareChannelId } from '../peer-id.ts'

/** A parsed channel identifier. */
export type ChannelIdentifier =
  | { readonly by: 'username'; readonly username: string }
  /** `id` is the bare id. */
  | { readonly by: 'id'; readonly id: string }
  /** `hash` is the last path segment of an invite link. */
  | { readonly by: 'invite'; readonly hash: string }

const USERNAME = /^[a-z][a-z0-9_]{3,31}$/i
const INVITE_HASH = /^(?!\d+$)[\w-]{8,64}$/
/** `t.me/…`, `telegram.me/…`, `telegram.dog/…`. */
const LINK = /^(?:https?:\/\/)?(?:www\.)?(?:t|telegram)\.(?:me|dog)\/(.+)$/i
/** `name.t.me`, the same as `t.me/name`. */
const NAME_AS_HOST = /^(?:https?:\/\/)?([a-z]\w{3,31})\.t\.me(?:[/?#].*)?$/i
/** Deep links into the app, such as `tg://resolve?domain=name`. */
const APP_LINK = /^tg:(?:\/\/)?([a-z]+)\/?\?(.*)$/i
/** Links of Telegram's web clients: A, K, Z and the legacy one. The URL fragment names the chat. */
const WEB_CLIENT = /^(?:https?:\/\/)?web(?:[akz])?\.telegram\.org\/(?:([akz])\/)?[^#]*#(.+)$/i

/** First path segments of t.me, and subdomains of t.me, that are not usernames. */
const RESERVED = new Set([
  'addemoji',
  'addstickers',
  'iv',
  'joinchat',
  'proxy',
  'share',
  'socks',
  'www',
])

/**
 * Parses `@name`, `name`, numeric ids, bare or marked, and links: `https://t.me/name/123`, `name.t.me`, `t.me/c/1234/5`,
 * `tg://resolve?domain=name`, `https://web.telegram.org/k/#@name`, and invite links (`t.me/+hash`, `t.me/joinchat/hash`,
 * `tg://join?invite=hash`). Null for any other text.
 */
export function parseChannelIdentifier(text: string): ChannelIdentifier | null {
  const trimmed = text.trim()
  const id = bareChannelId(trimmed)
  if (id !== null) return { by: 'id', id }
  return fromLink(trimmed) ?? usernameIdentifier(trimmed.replace(/^@/, ''))
}

function fromLink(text: string): ChannelIdentifier | null {
  const path = LINK.exec(text)?.[1]
  if (path !== undefined) return fromPath(path)
  const host = NAME_AS_HOST.exec(text)?.[1]
  if (host !== undefined) return publicName(host)
  const [, method, query = ''] = APP_LINK.exec(text) ?? []
  if (method !== undefined) return fromAppLink(method.toLowerCase(), new URLSearchParams(query))
  const [, client, fragment] = WEB_CLIENT.exec(text) ?? []
  return fragment === undefined ? null : fromFragment(fragment, client?.toLowerCase())
}

function fromPath(path: string): ChannelIdentifier | null {
  const [first = '', second = ''] = (path.split(/[?#]/)[0] ?? '').split('/')
  if (first === 'c') return bareId(second)
  if (first === 'joinchat') return invite(second)
  if (first.startsWith('+')) return invite(first.slice(1))
  // `t.me/s/name` is the web preview of `t.me/name`.
  return publicName(first === 's' ? second : first)
}

function fromAppLink(method: string, query: URLSearchParams): ChannelIdentifier | null {
  if (method === 'resolve') return publicName(query.get('domain') ?? '')
  if (method === 'privatepost') return bareId(query.get('channel') ?? '')
  return method === 'join' ? invite(query.get('invite') ?? '') : null
}

/** `@name` or a marked id, optionally with a message or topic. Client K writes a channel's bare id after a minus sign. */
function fromFragment(fragment: string, client: string | undefined): ChannelIdentifier | null {
  const link = /^\?tgaddr=(.+)$/i.exec(fragment)?.[1]
  if (link !== undefined) return fromEncoded(link)
  const [, name] = /^(?:\/im\?p=)?@(\w+)(?:[/?&].*)?$/.exec(fragment) ?? []
  if (name !== undefined) return publicName(name)
  const [, marked = ''] = /^(-\d+)(?:[_/?&].*)?$/.exec(fragment) ?? []
  const id = bareChannelId(marked)
  if (id !== null) return { by: 'id', id }
  return client === 'k' ? bareId(marked.slice(1)) : null
}

/** A percent-encoded `tg://…` link. */
function fromEncoded(link: string): ChannelIdentifier | null {
  const decoded = new URLSearchParams(`link=${link}`).get('link') ?? ''
  const [, method, query = ''] = APP_LINK.exec(decoded) ?? []
  return method === undefined ? null : fromAppLink(method.toLowerCase(), new URLSearchParams(query))
}

function bareId(text: string): ChannelIdentifier | null {
  const id = text.startsWith('-') ? null : bareChannelId(text)
  return id === null ? null : { by: 'id', id }
}

/** Null for a hash of digits only: `t.me/+…` with digits is a phone number. */
function invite(hash: string): ChannelIdentifier | null {
  return INVITE_HASH.test(hash) ? { by: 'invite', hash } : null
}

function publicName(name: string): ChannelIdentifier | null {
  return RESERVED.has(name.toLowerCase()) ? null : usernameIdentifier(name)
}

function usernameIdentifier(name: string): ChannelIdentifier | null {
  return USERNAME.test(name) ? { by: 'username', username: name } : null
}
