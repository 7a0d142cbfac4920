import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import type { SignedInCaller } from './method.ts'
import { presentMessageFor } from './present-message.ts'
import type { PresentedMessage } from './presented-messages.ts'
import { collectPeers, presentPeers, referencedPeers } from './referenced-peers.ts'

const MAX_PAGE = 100
const DEFAULT_PAGE = 20

/** The number of messages returned for a requested `limit`. */
export function pageLimit(limit: number): number {
  return limit <= 0 ? DEFAULT_PAGE : Math.min(limit, MAX_PAGE)
}

/** `messages.channelMessages` with these messages; `messageEmpty` for missing ids. */
export function channelMessages(
  caller: SignedInCaller,
  channel: Channel,
  ids: readonly number[],
): TlObject {
  const messages = ids.map((id) => channelMessage(caller, channel, id))
  return {
    _: 'messages.channelMessages',
    pts: channel.pts,
    count: channel.count,
    messages: messages.map(({ tl }) => tl),
    topics: [],
    ...presentPeers(
      caller,
      [channel],
      messages.map(({ peers }) => peers),
    ),
  }
}

function channelMessage(caller: SignedInCaller, channel: Channel, id: number): PresentedMessage {
  const original = caller.presented.get(caller, channel, id)
  if (original !== null) return original
  const message = channel.get(id)
  const tl: TlObject =
    message === undefined
      ? { _: 'messageEmpty', id, peer_id: { _: 'peerChannel', channel_id: channel.id } }
      : presentMessageFor(caller, message)
  return { tl, peers: collectPeers([tl]) }
}

/** Messages of the caller's mailbox: all of them, or a slice of `count`. */
export function privateMessages(
  caller: SignedInCaller,
  ids: readonly number[],
  count: number,
): TlObject {
  const mailbox = caller.world.mailboxes.of(caller.account.id)
  const messages = ids.map((id) => {
    const message = mailbox.get(id)
    return message === undefined ? { _: 'messageEmpty', id } : presentMessageFor(caller, message)
  })
  return {
    ...(ids.length < count ? { _: 'messages.messagesSlice', count } : { _: 'messages.messages' }),
    messages,
    ...referencedPeers(caller, [], messages),
  }
}
