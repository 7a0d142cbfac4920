import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { channelRef, type CallOptions } from '../../port.ts'
import type { TlChannelDifference, TlFullChat } from '../../tl/shapes.ts'
import { method } from '../method.ts'
import type { MtprotoClient } from '../mtproto-client.ts'
import { inputChannel } from '../peers.ts'

const FEW_EVENTS = 100

/**
 * The id of the newest message, for bots, which may not read history: from the channel's last events, mostly in two
 * calls. PeerNotFound unless the bot runs the channel. 0 where there is none.
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
 * The highest id among the newest messages, from the channel's last hundred events, or more where no message was new
 * in these. `pts` counts the channel's events up to now. 0 where there is no message.
 */
async function newestOf(
  client: MtprotoClient,
  channel: Api.InputChannel,
  pts: number,
  options?: CallOptions,
): Promise<number> {
  for (let events = FEW_EVENTS; ; events *= 10) {
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
        limit: FEW_EVENTS,
      }),
      options,
    )
    if (difference._ === 'updates.channelDifferenceTooLong') return difference.dialog.top_message
    for (const { id } of difference.new_messages ?? []) newest = Math.max(newest, id)
    if (difference.final || difference.pts <= pts) return newest
    pts = difference.pts
  }
}
