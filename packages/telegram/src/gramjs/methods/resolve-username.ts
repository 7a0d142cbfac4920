import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import type { TlChat, TlPeer } from '../../tl/shapes.ts'
import { method } from '../method.ts'
import { channelFrom } from '../peers.ts'

/** The channel with this username. Throws PeerNotFound when no channel has it. */
export const resolveUsername = method({
  tl: ['contacts.resolveUsername'],
  kind: 'read',
  /** Without `@`. */
  args: z.object({ username: z.string() }),
  async call(client, { username }, options) {
    const { peer, chats } = await client.invoke<{ peer: TlPeer; chats: readonly TlChat[] }>(
      new Api.contacts.ResolveUsername({ username }),
      options,
    )
    const id = peer._ === 'peerChannel' ? peer.channel_id : null
    return channelFrom(chats, id, `@${username} is not a channel`)
  },
})
