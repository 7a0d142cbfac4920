import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { deleteFromChannel, deleteFromMailboxes } from '../world/delete-messages.ts'
import { change } from '../world/world.ts'
import { affectedMessages } from './affected-messages.ts'
import { readableChannel, type InputChannel } from './input.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'

/** Ids of missing messages are ignored. */
function deleteMessages(
  { world, account, session }: SignedInCaller,
  params: { id: readonly number[]; revoke?: boolean },
): TlObject {
  const deletion = { accountId: account.id, ids: params.id, revoke: params.revoke === true }
  const event = change(world, (transaction) =>
    deleteFromMailboxes(transaction, world, deletion, { silent: false, origin: session }),
  )
  return affectedMessages(world.mailboxes.of(account.id).log, event)
}

/** In channels, users delete their own messages; admins delete any. */
function deleteChannelMessages(
  caller: SignedInCaller,
  params: { channel: InputChannel; id: readonly number[] },
): TlObject {
  const { world, account, session } = caller
  const channel = readableChannel(caller, params.channel)
  const isForbidden = params.id.some((id) => {
    const message = channel.get(id)
    return message !== undefined && message.authorId !== account.id
  })
  if (isForbidden && !world.admins.has(channel.id, account.id)) {
    throw new RpcError(403, 'MESSAGE_DELETE_FORBIDDEN')
  }
  const deletion = { channel, ids: params.id }
  const event = change(world, (transaction) =>
    deleteFromChannel(transaction, world, deletion, { silent: false, origin: session }),
  )
  return affectedMessages(channel.log, event)
}

export const deleteMessagesMethods: MethodTable = {
  'channels.deleteMessages': signedIn(deleteChannelMessages),
  'messages.deleteMessages': signedIn(deleteMessages),
}
