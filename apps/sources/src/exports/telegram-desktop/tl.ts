import { peerOfMarkedId, type Tl } from '@telegather/telegram'

/** A JSON object of the export. */
export type Fields = Record<string, unknown>

/** Telegram Desktop's id of a TL peer: `user1`, `channel2` or `chat3`. */
export function peerId(peer: Tl): string {
  if (peer._ === 'peerChannel') return `channel${String(peer['channel_id'])}`
  if (peer._ === 'peerChat') return `chat${String(peer['chat_id'])}`
  return `user${String(peer['user_id'])}`
}

const WORDS = { user: 'user', group: 'chat', channel: 'channel' } as const

/** Telegram Desktop's id of a peer, from its marked id. */
export function peerIdOf(marked: string): string {
  const { kind, id } = peerOfMarkedId(marked)
  return `${WORDS[kind]}${id}`
}
