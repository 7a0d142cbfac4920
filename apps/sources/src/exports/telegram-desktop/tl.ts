import { peerOfMarkedId } from '@telegather/telegram'

/** An object of Telegram's as the archive keeps it: 64-bit numbers as digits, bytes as base64. */
export interface Tl {
  readonly _: string
  readonly [field: string]: unknown
}

/** Fields of an export. */
export type Fields = Record<string, unknown>

export function object(value: unknown): Tl | undefined {
  return typeof value === 'object' && value !== null && '_' in value ? (value as Tl) : undefined
}

export function objects(value: unknown): Tl[] {
  return Array.isArray(value) ? value.flatMap((one: unknown) => object(one) ?? []) : []
}

/** The text of a `TextWithEntities`, or a plain one. */
export function textOf(value: unknown): string {
  const text = object(value)?.['text'] ?? value
  return typeof text === 'string' ? text : ''
}

/** `user1`, `channel2` or `chat3`. */
export function peerId(peer: Tl): string {
  if (peer._ === 'peerChannel') return `channel${String(peer['channel_id'])}`
  if (peer._ === 'peerChat') return `chat${String(peer['chat_id'])}`
  return `user${String(peer['user_id'])}`
}

const WORDS = { user: 'user', group: 'chat', channel: 'channel' } as const

/** The same of a marked id. */
export function peerIdOf(marked: string): string {
  const { kind, id } = peerOfMarkedId(marked)
  return `${WORDS[kind]}${id}`
}
