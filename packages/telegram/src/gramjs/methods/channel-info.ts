import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { channelRef, groupRef, type ChannelInfo } from '../../port.ts'
import type { TlFullChat } from '../../tl/shapes.ts'
import { method } from '../method.ts'
import { inputChannel } from '../peers.ts'

/** Description and exact number of members of a channel or a basic group. Make at most one call per second. */
export const channelInfo = method({
  tl: ['channels.getFullChannel', 'messages.getFullChat'],
  kind: 'read',
  args: z.object({ chat: z.union([channelRef, groupRef]) }),
  async call(client, { chat }, options): Promise<ChannelInfo> {
    const request =
      'groupId' in chat
        ? new Api.messages.GetFullChat({ chatId: returnBigInt(chat.groupId) })
        : new Api.channels.GetFullChannel({ channel: inputChannel(chat) })
    const { full_chat: full } = await client.invoke<{ full_chat: TlFullChat }>(request, options)
    const counted = full.participants_count ?? full.participants?.participants?.length
    return { about: full.about, participantsCount: counted ?? null }
  },
})
