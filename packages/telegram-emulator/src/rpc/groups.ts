import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { createGroup } from '../world/create-group.ts'
import type { Group } from '../world/groups.ts'
import { migrateGroup } from '../world/migrate-group.ts'
import { change } from '../world/world.ts'
import { findUser, type InputUser } from './input.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { presentChannelEvent, presentMailboxEvent } from './present-event.ts'
import { presentFullGroup, presentGroup } from './present-group.ts'
import { referencedPeers } from './referenced-peers.ts'
import { updatesContainer } from './updates-container.ts'

const MAX_MEMBERS = 200
const MAX_TITLE = 255

function createChat(
  caller: SignedInCaller,
  params: { users: readonly InputUser[]; title: string },
): TlObject {
  const { world, account, session } = caller
  const title = params.title.trim().slice(0, MAX_TITLE)
  if (title === '') throw new RpcError(400, 'CHAT_TITLE_EMPTY')
  const memberIds = params.users.flatMap((input) => {
    const found = findUser(caller, input)
    return found !== undefined && 'account' in found ? [found.account.id] : []
  })
  if (memberIds.length === 0) throw new RpcError(400, 'USERS_TOO_FEW')
  if (memberIds.length >= MAX_MEMBERS) throw new RpcError(400, 'USERS_TOO_MUCH')
  const options = { silent: false, origin: session }
  const { sent } = change(world, (transaction) =>
    createGroup(transaction, world, { title, creatorId: account.id, memberIds }, options),
  )
  const updates = sent.flatMap(({ event }) => presentMailboxEvent(caller, event) ?? [])
  return {
    _: 'messages.invitedUsers',
    updates: updatesContainer(caller, updates),
    missing_invitees: [],
  }
}

/** Groups without the caller as a member are omitted. */
function getChats(caller: SignedInCaller, params: { id: readonly bigint[] }): TlObject {
  const chats = params.id.flatMap((id) => {
    const group = memberGroup(caller, id)
    return group === undefined ? [] : [presentGroup(caller, group)]
  })
  return { _: 'messages.chats', chats }
}

function getFullChat(caller: SignedInCaller, params: { chat_id: bigint }): TlObject {
  const group = knownGroup(caller, params.chat_id)
  const full = presentFullGroup(group)
  const { chats, users } = referencedPeers(caller, [], [full])
  return { _: 'messages.chatFull', full_chat: full, chats, users }
}

/** Only the creator may migrate a group. A repeated call returns the same supergroup. */
function migrateChat(caller: SignedInCaller, params: { chat_id: bigint }): TlObject {
  const { world, account, session } = caller
  const group = knownGroup(caller, params.chat_id)
  if (group.creatorId !== account.id) throw new RpcError(400, 'CHAT_ADMIN_REQUIRED')
  if (group.migratedTo !== null) {
    const migrated = { _: 'updateChannel', channel_id: group.migratedTo }
    return updatesContainer(caller, [migrated, { _: 'updateChat', chat_id: group.id }])
  }
  const options = { silent: false, origin: session }
  const { channel, last, first } = change(world, (transaction) =>
    migrateGroup(transaction, world, { group, accountId: account.id }, options),
  )
  return updatesContainer(caller, [
    { _: 'updateChannel', channel_id: channel.id },
    ...last.flatMap(({ event }) => presentMailboxEvent(caller, event) ?? []),
    ...first.flatMap(({ event }) => presentChannelEvent(caller, channel, event) ?? []),
  ])
}

function memberGroup({ world, account }: SignedInCaller, id: bigint): Group | undefined {
  const group = world.groups.get(id)
  return group?.memberIds.includes(account.id) === true ? group : undefined
}

/** Throws CHAT_ID_INVALID if the caller is not a member. */
function knownGroup(caller: SignedInCaller, id: bigint): Group {
  const group = memberGroup(caller, id)
  if (group === undefined) throw new RpcError(400, 'CHAT_ID_INVALID')
  return group
}

export const groupMethods: MethodTable = {
  'messages.createChat': signedIn(createChat),
  'messages.getChats': signedIn(getChats),
  'messages.getFullChat': signedIn(getFullChat),
  'messages.migrateChat': signedIn(migrateChat),
}
