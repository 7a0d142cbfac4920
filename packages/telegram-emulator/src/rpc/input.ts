import { RpcError } from '../mtproto/rpc.ts'
import { accessHashFor } from '../world/access-hash.ts'
import type { Account } from '../world/accounts.ts'
import type { Channel } from '../world/channel.ts'
import type { Person } from '../world/model.ts'
import type { SignedInCaller } from './method.ts'

/** `InputPeer` of the schema. */
export type InputPeer =
  | { _: 'inputPeerEmpty' | 'inputPeerSelf' }
  | { _: 'inputPeerChat'; chat_id: bigint }
  | { _: 'inputPeerUser'; user_id: bigint; access_hash: bigint }
  | { _: 'inputPeerChannel'; channel_id: bigint; access_hash: bigint }
  | { _: 'inputPeerUserFromMessage'; peer: InputPeer; msg_id: number; user_id: bigint }
  | { _: 'inputPeerChannelFromMessage'; peer: InputPeer; msg_id: number; channel_id: bigint }

/** `InputChannel` of the schema. */
export type InputChannel =
  | { _: 'inputChannelEmpty' }
  | { _: 'inputChannel'; channel_id: bigint; access_hash: bigint }
  | { _: 'inputChannelFromMessage'; peer: InputPeer; msg_id: number; channel_id: bigint }

/** `InputUser` of the schema. */
export type InputUser =
  | { _: 'inputUserEmpty' | 'inputUserSelf' }
  | { _: 'inputUser'; user_id: bigint; access_hash: bigint }
  | { _: 'inputUserFromMessage'; peer: InputPeer; msg_id: number; user_id: bigint }

/** A user resolved from a reference: an account, or a person who appears only in channels. */
export type FoundUser = { account: Account } | { person: Person }

/**
 * The channel, if the caller may read it. Throws CHANNEL_INVALID, or CHANNEL_PRIVATE if the caller has to join first.
 */
export function readableChannel(caller: SignedInCaller, input: InputChannel): Channel {
  const channel = findChannel(caller, input)
  if (channel === undefined) throw new RpcError(400, 'CHANNEL_INVALID')
  const readable =
    channel.blueprint.username !== null || caller.world.channels.isMember(caller.account, channel)
  if (!readable) throw new RpcError(400, 'CHANNEL_PRIVATE')
  return channel
}

/**
 * The channel of a peer; null for any other existing peer. Throws PEER_ID_INVALID and the errors of {@link
 * readableChannel}.
 */
export function readablePeer(caller: SignedInCaller, peer: InputPeer): Channel | null {
  switch (peer._) {
    case 'inputPeerSelf':
      return null
    case 'inputPeerChannel':
      return readableChannel(caller, { ...peer, _: 'inputChannel' })
    case 'inputPeerChannelFromMessage':
      return readableChannel(caller, { ...peer, _: 'inputChannelFromMessage' })
    case 'inputPeerUser':
      knownUser(caller, { ...peer, _: 'inputUser' }, 'PEER_ID_INVALID')
      return null
    case 'inputPeerUserFromMessage':
      knownUser(caller, { ...peer, _: 'inputUserFromMessage' }, 'PEER_ID_INVALID')
      return null
    case 'inputPeerEmpty':
    case 'inputPeerChat':
      throw new RpcError(400, 'PEER_ID_INVALID')
  }
}

/** Resolves a user reference. Throws `error`, 400, if the user does not exist or its access hash is wrong. */
export function knownUser(
  caller: SignedInCaller,
  input: InputUser,
  error = 'USER_ID_INVALID',
): FoundUser {
  const found = findUser(caller, input)
  if (found === undefined) throw new RpcError(400, error)
  return found
}

/** Like {@link knownUser}, but undefined for an unknown user: for lists that skip these. */
export function findUser(caller: SignedInCaller, input: InputUser): FoundUser | undefined {
  switch (input._) {
    case 'inputUserSelf':
      return { account: caller.account }
    case 'inputUser': {
      const { user_id: id, access_hash: hash } = input
      if (id === caller.account.id) return { account: caller.account }
      const { id: callerId } = caller.account
      return userWithId(caller, id, (user) => accessHashFor(callerId, user.accessHash) === hash)
    }
    case 'inputUserFromMessage': {
      const { peer, msg_id: messageId, user_id: id } = input
      return userWithId(caller, id, () => isMessageReadable(caller, peer, messageId))
    }
    case 'inputUserEmpty':
      return undefined
  }
}

function userWithId(
  { world }: SignedInCaller,
  id: bigint,
  isKnown: (user: Account | Person) => boolean,
): FoundUser | undefined {
  const account = world.accounts.get(id)
  if (account !== undefined) return isKnown(account) ? { account } : undefined
  const person = world.channels.person(id)
  return person !== undefined && isKnown(person) ? { person } : undefined
}

function findChannel(caller: SignedInCaller, input: InputChannel): Channel | undefined {
  const { channels } = caller.world
  switch (input._) {
    case 'inputChannel': {
      const channel = channels.get(input.channel_id)
      if (channel === undefined) return undefined
      const hash = accessHashFor(caller.account.id, channel.blueprint.accessHash)
      return hash === input.access_hash ? channel : undefined
    }
    case 'inputChannelFromMessage':
      return isMessageReadable(caller, input.peer, input.msg_id)
        ? channels.get(input.channel_id)
        : undefined
    case 'inputChannelEmpty':
      return undefined
  }
}

/** A reference by message is valid while the caller can read that message. */
function isMessageReadable(caller: SignedInCaller, peer: InputPeer, messageId: number): boolean {
  if (peer._ !== 'inputPeerChannel') return false
  return readablePeer(caller, peer)?.get(messageId) !== undefined
}
