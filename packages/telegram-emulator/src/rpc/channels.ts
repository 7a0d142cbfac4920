import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import { invitedChannel } from '../world/invites.ts'
import { readableChannel, type InputChannel } from './input.ts'
import { getChannelMessages } from './messages.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { presentChannel, presentFullChannel } from './present-channel.ts'

function getChannels(caller: SignedInCaller, params: { id: readonly InputChannel[] }): TlObject {
  const { world, account } = caller
  const channels = params.id.map((input) => readableChannel(caller, input))
  return {
    _: 'messages.chats',
    chats: channels.map((channel) => presentChannel(world, channel, account)),
  }
}

function getFullChannel(caller: SignedInCaller, params: { channel: InputChannel }): TlObject {
  const channel = readableChannel(caller, params.channel)
  return {
    _: 'messages.chatFull',
    full_chat: presentFullChannel(caller, channel),
    chats: [presentChannel(caller.world, channel, caller.account)],
    users: [],
  }
}

function joinChannel(caller: SignedInCaller, params: { channel: InputChannel }): TlObject {
  const channel = readableChannel(caller, params.channel)
  const { world, account } = caller
  if (world.channels.isMember(account, channel)) throw new RpcError(400, 'USER_ALREADY_PARTICIPANT')
  world.channels.join(account, channel)
  return membershipChanged(caller, channel)
}

function leaveChannel(caller: SignedInCaller, params: { channel: InputChannel }): TlObject {
  const channel = readableChannel(caller, params.channel)
  const { world, account } = caller
  if (!world.channels.isMember(account, channel)) throw new RpcError(400, 'USER_NOT_PARTICIPANT')
  world.channels.leave(account, channel)
  return membershipChanged(caller, channel)
}

function membershipChanged({ world, account, now }: SignedInCaller, channel: Channel): TlObject {
  return {
    _: 'updates',
    updates: [{ _: 'updateChannel', channel_id: channel.id }],
    users: [],
    chats: [presentChannel(world, channel, account)],
    date: now(),
    seq: 0,
  }
}

function checkChatInvite({ world, account }: SignedInCaller, { hash }: { hash: string }): TlObject {
  const channel = invitedChannel(world.channels, hash)
  if (channel === undefined) throw new RpcError(400, 'INVITE_HASH_EXPIRED')
  if (world.channels.isMember(account, channel))
    return { _: 'chatInviteAlready', chat: presentChannel(world, channel, account) }
  const { title, kind } = channel.blueprint
  return {
    _: 'chatInvite',
    channel: true,
    broadcast: kind === 'broadcast',
    megagroup: kind === 'supergroup',
    title,
    photo: { _: 'photoEmpty', id: 0n },
    participants_count: world.channels.participantsCount(world.accounts.count, channel),
    color: 0,
  }
}

export const channelsMethods: MethodTable = {
  'messages.checkChatInvite': signedIn(checkChatInvite),
  'channels.getChannels': signedIn(getChannels),
  'channels.getFullChannel': signedIn(getFullChannel),
  'channels.getMessages': signedIn(getChannelMessages),
  'channels.joinChannel': signedIn(joinChannel),
  'channels.leaveChannel': signedIn(leaveChannel),
}
