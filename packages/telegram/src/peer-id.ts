import type { TlPeer } from './tl/shapes.ts'

/** Channels are marked by this much below zero: the channel 1234 is -1000000001234. */
const CHANNEL_MARK = 1_000_000_000_000n
const MARK_DIGITS = 12

/** One id for all kinds of peers: users positive, basic groups negative, channels `-100…`. */
export function markedId(peer: TlPeer): string {
  if (peer._ === 'peerUser') return peer.user_id
  return peer._ === 'peerChat' ? `-${peer.chat_id}` : markedChannelId(peer.channel_id)
}

export function markedChannelId(bareId: string): string {
  // As the sum below, for ids of all channels that there are, without big integers.
  if (bareId.length <= MARK_DIGITS) return `-1${bareId.padStart(MARK_DIGITS, '0')}`
  return (-CHANNEL_MARK - BigInt(bareId)).toString()
}

/** The bare id of a channel, from either form; null when it cannot be a channel's. */
export function bareChannelId(id: string): string | null {
  if (!/^-?[1-9]\d{0,18}$/.test(id)) return null
  const value = BigInt(id)
  if (value > 0n) return value.toString()
  return value < -CHANNEL_MARK ? (-CHANNEL_MARK - value).toString() : null
}

/** A peer without its mark. */
export interface BarePeer {
  readonly kind: 'user' | 'group' | 'channel'
  /** The bare id. */
  readonly id: string
}

/** The peer that a marked id stands for; the inverse of `markedId`. */
export function peerOfMarkedId(marked: string): BarePeer {
  if (!marked.startsWith('-')) return { kind: 'user', id: marked }
  const channelId = bareChannelId(marked)
  return channelId === null
    ? { kind: 'group', id: marked.slice(1) }
    : { kind: 'channel', id: channelId }
}
