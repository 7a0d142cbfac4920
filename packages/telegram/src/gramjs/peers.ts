import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { PeerNotFound } from '../errors.ts'
import type { Channel, ChannelRef } from '../port.ts'
import { mapChannel } from '../tl/map-peer.ts'
import type { TlChat } from '../tl/shapes.ts'

export function inputChannel({ id, accessHash }: ChannelRef): Api.InputChannel {
  return new Api.InputChannel({
    channelId: returnBigInt(id),
    accessHash: returnBigInt(accessHash),
  })
}

export function inputPeerChannel({ id, accessHash }: ChannelRef): Api.InputPeerChannel {
  return new Api.InputPeerChannel({
    channelId: returnBigInt(id),
    accessHash: returnBigInt(accessHash),
  })
}

/** The channel with this id among the chats of an answer; PeerNotFound with `message` otherwise. */
export function channelFrom(chats: readonly TlChat[], id: string | null, message: string): Channel {
  const chat = chats.find((candidate) => candidate.id === id)
  const channel = chat ? mapChannel(chat) : null
  if (!channel) throw new PeerNotFound(message)
  return channel
}
