import type { TlObject, TlValue } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import type { Viewer } from './method.ts'
import { presentChannel } from './present-channel.ts'
import { presentGroup } from './present-group.ts'
import { presentPerson, presentUser } from './present-user.ts'

/** The `users` and `chats` lists of a response: all peers that its messages mention. */
export interface ReferencedPeers {
  readonly chats: TlObject[]
  readonly users: TlObject[]
}

/** The peers that an object names, without duplicates. */
export interface PeerIds {
  /** Basic groups. */
  readonly chatIds: readonly bigint[]
  readonly channelIds: readonly bigint[]
  readonly userIds: readonly bigint[]
}

/** Presents the given channels, and all known peers that the messages name. */
export function referencedPeers(
  viewer: Viewer,
  channels: Iterable<Channel>,
  messages: Iterable<TlObject>,
): ReferencedPeers {
  return presentPeers(viewer, channels, [collectPeers(messages)])
}

/** Like {@link referencedPeers}, for messages whose peers are already collected. */
export function presentPeers(
  viewer: Viewer,
  channels: Iterable<Channel>,
  named: Iterable<PeerIds>,
): ReferencedPeers {
  const found = {
    chatIds: new Set<bigint>(),
    channelIds: new Set<bigint>(),
    userIds: new Set<bigint>(),
  }
  for (const channel of channels) found.channelIds.add(channel.id)
  for (const peers of named) {
    for (const id of peers.chatIds) found.chatIds.add(id)
    for (const id of peers.channelIds) found.channelIds.add(id)
    for (const id of peers.userIds) found.userIds.add(id)
  }
  return {
    chats: [
      ...[...found.chatIds].flatMap((id) => groupWithId(viewer, id)),
      ...[...found.channelIds].flatMap((id) => channelWithId(viewer, id)),
    ],
    users: [...found.userIds].flatMap((id) => userWithId(viewer, id)),
  }
}

/** Collects all peers that TL objects name. */
export function collectPeers(objects: Iterable<TlObject>): PeerIds {
  const found: FoundPeers = { chatIds: null, channelIds: null, userIds: null }
  for (const object of objects) walk(object, found)
  const { chatIds, channelIds, userIds } = found
  return {
    chatIds: chatIds === null ? NO_IDS : [...chatIds],
    channelIds: channelIds === null ? NO_IDS : [...channelIds],
    userIds: userIds === null ? NO_IDS : [...userIds],
  }
}

const NO_IDS: readonly bigint[] = []

/** Sets are created on the first entry: most messages name no peer but their channel. */
interface FoundPeers {
  chatIds: Set<bigint> | null
  channelIds: Set<bigint> | null
  userIds: Set<bigint> | null
}

function groupWithId(viewer: Viewer, id: bigint): TlObject[] {
  const group = viewer.world.groups.get(id)
  return group === undefined ? [] : [presentGroup(viewer, group)]
}

function channelWithId({ world, account }: Viewer, id: bigint): TlObject[] {
  const channel = world.channels.get(id)
  return channel === undefined ? [] : [presentChannel(world, channel, account)]
}

function userWithId(viewer: Viewer, id: bigint): TlObject[] {
  const found = viewer.world.accounts.get(id)
  if (found !== undefined) return [presentUser(viewer, found)]
  const person = viewer.world.channels.person(id)
  return person === undefined ? [] : [presentPerson(person, viewer.account)]
}

/** Collects the peers in a TL value, and the fields that refer to users by a bare id. */
function walk(value: TlValue, found: FoundPeers): void {
  if (typeof value !== 'object' || Buffer.isBuffer(value)) return
  if (Array.isArray(value)) {
    for (const item of value) walk(item, found)
    return
  }
  const object = value as TlObject
  for (const name in object) {
    const field = object[name]
    if (typeof field === 'bigint') {
      if (name === 'channel_id') (found.channelIds ??= new Set()).add(field)
      else if (name === 'chat_id') (found.chatIds ??= new Set()).add(field)
      else if (USER_ID_FIELDS.has(name)) (found.userIds ??= new Set()).add(field)
    } else if (name === 'users' && Array.isArray(field)) {
      for (const id of field) if (typeof id === 'bigint') (found.userIds ??= new Set()).add(id)
    } else if (typeof field === 'object') {
      walk(field, found)
    }
  }
}

const USER_ID_FIELDS = new Set(['user_id', 'inviter_id', 'via_bot_id', 'via_business_bot_id'])
