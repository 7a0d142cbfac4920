import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import { differenceContent } from './difference-content.ts'
import { readableChannel, type InputChannel } from './input.ts'
import type { SignedInCaller } from './method.ts'
import { presentDialog } from './present-dialogs.ts'
import { presentChannelEvent } from './present-event.ts'
import { presentMessageFor } from './present-message.ts'
import { referencedPeers } from './referenced-peers.ts'

const MAX_EVENTS = 100
/** Messages sent along with `updates.channelDifferenceTooLong`. */
const MAX_NEWEST = 20
/** Seconds after which a client should poll again. */
const TIMEOUT_SECONDS = 30

export interface GetChannelDifference {
  readonly channel: InputChannel
  readonly pts: number
  readonly limit: number
}

/** `updates.getChannelDifference`: up to `limit` events of a channel, at most 100. */
export function getChannelDifference(
  caller: SignedInCaller,
  params: GetChannelDifference,
): TlObject {
  const channel = readableChannel(caller, params.channel)
  const { world, account } = caller
  // Bots get events only of channels in which they are admins.
  if (account.bot !== null && !world.admins.has(channel.id, account.id)) {
    throw new RpcError(400, 'CHANNEL_PRIVATE')
  }
  const { pts } = params
  if (pts <= 0) throw new RpcError(400, 'PERSISTENT_TIMESTAMP_EMPTY')
  const limit = Math.max(1, Math.min(params.limit, MAX_EVENTS))
  const { maxAge } = world.differenceLimits
  // A `pts` above the channel's is from before the channel's content was replaced.
  const events = pts > channel.pts ? null : channel.log.after(pts, { limit, maxAge })
  if (events === null) return tooLong(caller, channel, limit)
  const last = events.at(-1)
  if (last === undefined) {
    return { _: 'updates.channelDifferenceEmpty', final: true, pts, timeout: TIMEOUT_SECONDS }
  }
  const updates = events.flatMap((event) => presentChannelEvent(caller, channel, event) ?? [])
  return {
    _: 'updates.channelDifference',
    final: last.pts === channel.pts,
    pts: last.pts,
    timeout: TIMEOUT_SECONDS,
    ...differenceContent(updates),
    ...referencedPeers(caller, [channel], updates),
  }
}

function tooLong(caller: SignedInCaller, channel: Channel, limit: number): TlObject {
  const messages: TlObject[] = []
  for (const id of channel.idsBelow(channel.nextId)) {
    if (messages.length === Math.min(limit, MAX_NEWEST)) break
    const message = channel.get(id)
    if (message !== undefined) messages.push(presentMessageFor(caller, message))
  }
  return {
    _: 'updates.channelDifferenceTooLong',
    final: true,
    timeout: TIMEOUT_SECONDS,
    dialog: presentDialog(caller, { channel }),
    messages,
    ...referencedPeers(caller, [channel], messages),
  }
}
