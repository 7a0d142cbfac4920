import { RpcError } from '../mtproto/rpc.ts'
import type { Channel } from '../world/channel.ts'
import type { Timeline } from '../world/model.ts'
import type { Peer } from '../world/peer.ts'
import { knownUser, readablePeer, type FoundUser, type InputPeer } from './input.ts'
import type { SignedInCaller, Viewer } from './method.ts'

/** The place of messages: a channel, or a dialog of the caller's mailbox. */
export type DialogPeer = { readonly channel: Channel } | { readonly peer: Peer }

/** Resolves the dialog of a peer. Throws like {@link readablePeer}. */
export function dialogPeer(caller: SignedInCaller, input: InputPeer): DialogPeer {
  if (input._ === 'inputPeerChat') return { peer: groupPeer(caller, input.chat_id) }
  const channel = readablePeer(caller, input)
  if (channel !== null) return { channel }
  return { peer: { kind: 'user', id: userIdOf(namedUser(caller, input)) } }
}

/** A group of which the caller is a member. */
function groupPeer({ world, account }: SignedInCaller, id: bigint): Peer {
  const isMember = world.groups.get(id)?.memberIds.includes(account.id) === true
  if (!isMember) throw new RpcError(400, 'PEER_ID_INVALID')
  return { kind: 'chat', id }
}

/** The messages of a dialog. */
export function timelineOf({ world, account }: Viewer, dialog: DialogPeer): Timeline {
  if ('channel' in dialog) return dialog.channel
  return world.mailboxes.of(account.id).conversation(dialog.peer) ?? NO_MESSAGES
}

const NO_MESSAGES: Timeline = {
  count: 0,
  topId: 0,
  get: () => undefined,
  idsBelow: () => [],
  idsFrom: () => [],
}

function namedUser(caller: SignedInCaller, input: InputPeer): FoundUser {
  if (input._ === 'inputPeerUser') {
    return knownUser(caller, { ...input, _: 'inputUser' }, 'PEER_ID_INVALID')
  }
  if (input._ === 'inputPeerUserFromMessage') {
    return knownUser(caller, { ...input, _: 'inputUserFromMessage' }, 'PEER_ID_INVALID')
  }
  return { account: caller.account }
}

function userIdOf(found: FoundUser): bigint {
  return 'account' in found ? found.account.id : found.person.id
}
