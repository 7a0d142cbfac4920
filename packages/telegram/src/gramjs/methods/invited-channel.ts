import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import type { TlChat } from '../../tl/shapes.ts'
import { method } from '../method.ts'
import { channelFrom } from '../peers.ts'

const NOT_JOINED = 'the account has not joined the channel of this invite link'

/** The channel whose invite link ends with `hash`. Throws PeerNotFound unless the account has joined it. */
export const invitedChannel = method({
  tl: ['messages.checkChatInvite'],
  kind: 'read',
  args: z.object({ hash: z.string() }),
  async call(client, { hash }, options) {
    const invite = await client.invoke<{ _: string; chat?: TlChat }>(
      new Api.messages.CheckChatInvite({ hash }),
      options,
    )
    const joined = invite._ === 'chatInviteAlready' ? invite.chat : undefined
    return channelFrom(joined ? [joined] : [], joined?.id ?? null, NOT_JOINED)
  },
})
