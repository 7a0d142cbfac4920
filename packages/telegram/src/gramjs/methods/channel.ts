import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { channelRef } from '../../port.ts'
import type { TlChat } from '../../tl/shapes.ts'
import { method } from '../method.ts'
import { channelFrom, inputChannel } from '../peers.ts'

/** The current data of a channel, as the account sees them. Throws PeerNotFound when the account cannot see it. */
export const channel = method({
  tl: ['channels.getChannels'],
  kind: 'read',
  args: z.object({ channel: channelRef }),
  async call(client, { channel: ref }, options) {
    const { chats } = await client.invoke<{ chats: readonly TlChat[] }>(
      new Api.channels.GetChannels({ id: [inputChannel(ref)] }),
      options,
    )
    return channelFrom(chats, ref.id, `the account cannot see channel ${ref.id}`)
  },
})
