import type { TlPeer } from './tl/shapes.ts'

/** A channel's marked id is `-(CHANNEL_MARK + id)`: channel 1234 is -1000000001234. */
const CHANNEL_MARK = 1_000_000_000_000n
const MARK_DIGITS = 12

/** The marked id of a peer, unique across kinds: users positive, basic groups negative, channels `-100…`. */
export function markedId(peer: TlPeer): string {
  if (peer._ === 'peerUser') return peer.user_id
  return peer._ === 'peerChat' ? `-${peer.chat_id}` : markedChannelId(peer.channel_id)
}

export function markedChannelId(bareId: string): string {
  // Fast path for ids of up to 12 digits, which covers all current channels: no BigInt.
  if (bareId.length <= MARK_DIGITS) return `-1${bareId.padStart(MARK_DIGITS, '0')}`
  return (-CHANNEL_MARK - BigInt(bareId)).toString()
}

/** Parses a channel's bare or marked id into its bare id; null when it is not a channel id. */
export function bareChannelId(id: string): string | null {
  if (!/^-?[1-9]\d{0,18}$/.test(id)) return null
  const value = BigInt(id)
  if (value > 0n) return value.toString()
  return value < -CHANNEL_MARK ? (-CHANNEL_MARK - value).toString() : null
}

/** A peer by kind and bare id. */
export interface BarePeer {
  readonly kind: 'user' | 'group' | 'channel'
  readonly id: string
}

/** The peer of a marked id; the inverse of `markedId`. */
export function peerOfMarkedId(marked: string): BarePeer {
  if (!marked.startsWith('-')) return { kind: 'user', id: marked }
  const channelId = bareChannelId(marked)
  return channelId === null
    ? { kind: 'group', id: marked.slice(1) }
    : { kind: 'channel', id: channelId }
}
