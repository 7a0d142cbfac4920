import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { readChannel, readConversation } from '../world/read-history.ts'
import { change } from '../world/world.ts'
import { affectedMessages } from './affected-messages.ts'
import { dialogPeer } from './dialog-peer.ts'
import { readableChannel, type InputChannel, type InputPeer } from './input.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'

/** A `max_id` of 0 reads everything. */
function readHistory(
  caller: SignedInCaller,
  params: { peer: InputPeer; max_id: number },
): TlObject {
  const { world, account, session } = caller
  const dialog = dialogPeer(caller, params.peer)
  if ('channel' in dialog) throw new RpcError(400, 'PEER_ID_INVALID')
  const reader = { accountId: account.id, origin: session }
  const read = { peer: dialog.peer, maxId: maxIdOf(params) }
  const event = change(world, (transaction) => readConversation(transaction, world, reader, read))
  return affectedMessages(world.mailboxes.of(account.id).log, event)
}

function readChannelHistory(
  caller: SignedInCaller,
  params: { channel: InputChannel; max_id: number },
): boolean {
  const { world, account, session } = caller
  const read = { channel: readableChannel(caller, params.channel), maxId: maxIdOf(params) }
  const reader = { accountId: account.id, origin: session }
  change(world, (transaction) => readChannel(transaction, world, reader, read))
  return true
}

function maxIdOf({ max_id: maxId }: { readonly max_id: number }): number {
  return maxId <= 0 ? Infinity : maxId
}

export const readHistoryMethods: MethodTable = {
  'channels.readHistory': signedIn(readChannelHistory),
  'messages.readHistory': signedIn(readHistory),
}
