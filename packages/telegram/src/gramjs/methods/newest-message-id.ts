import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { channelRef, type CallOptions } from '../../port.ts'
import type { TlChannelDifference, TlFullChat } from '../../tl/shapes.ts'
import { method } from '../method.ts'
import type { MtprotoClient } from '../mtproto-client.ts'
import { inputChannel } from '../peers.ts'

/** Number of events per `updates.getChannelDifference` call. The first search covers as many events. */
const EVENTS = 100

/**
 * The id of the newest message; 0 when there is none. It is for bots, which may not call `messages.getHistory`, and reads
 * the channel's latest events, usually in two calls. Throws PeerNotFound unless the bot is an administrator of the
 * channel.
 */
export const newestMessageId = method({
  tl: ['channels.getFullChannel', 'updates.getChannelDifference'],
  kind: 'read',
  args: z.object({ channel: channelRef }),
  async call(client, { channel: ref }, options) {
    const channel = inputChannel(ref)
    const { full_chat: full } = await client.invoke<{ full_chat: TlFullChat }>(
      new Api.channels.GetFullChannel({ channel }),
      options,
    )
    return await newestOf(client, channel, full.pts ?? 1, options)
  },
})

/**
 * Searches the last 100 events of the channel for the newest message. While there is none, searches 10 times as many
 * events. `pts` is the channel's current event counter.
 */
async function newestOf(
  client: MtprotoClient,
  channel: Api.InputChannel,
  pts: number,
  options?: CallOptions,
): Promise<number> {
  for (let events = EVENTS; ; events *= 10) {
    const since = Math.max(1, pts - events)
    const newest = await newestSince(client, channel, since, options)
    if (newest > 0 || since === 1) return newest
  }
}

async function newestSince(
  client: MtprotoClient,
  channel: Api.InputChannel,
  since: number,
  options?: CallOptions,
): Promise<number> {
  let newest = 0
  for (let pts = since; ;) {
    const difference = await client.invoke<TlChannelDifference>(
      new Api.updates.GetChannelDifference({
        channel,
        filter: new Api.ChannelMessagesFilterEmpty(),
        pts,
        limit: EVENTS,
      }),
      options,
    )
    if (difference._ === 'updates.channelDifferenceTooLong') return difference.dialog.top_message
    for (const { id } of difference.new_messages ?? []) newest = Math.max(newest, id)
    if (difference.final || difference.pts <= pts) return newest
    pts = difference.pts
  }
}
