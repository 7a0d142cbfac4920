import type { TlObject } from '../tl/object.ts'
import { ReusableObject } from '../tl/reusable.ts'
import { accessHashFor } from '../world/access-hash.ts'
import type { Account } from '../world/accounts.ts'
import type { Channel } from '../world/channel.ts'
import type { LoggedEvent } from '../world/event-log.ts'
import type { World } from '../world/world.ts'
import type { Viewer } from './method.ts'
import { presentChannelEvent } from './present-event.ts'
import { presentMessage } from './present-message.ts'
import { collectPeers, type PeerIds, type ReferencedPeers } from './referenced-peers.ts'
import { updatesContainer } from './updates-container.ts'

/** The parts of channel events that may look different to different accounts. */
interface Mentions extends PeerIds {
  /** The authors of the messages. */
  readonly authorIds: ReadonlySet<bigint>
  /** Access hashes and references of files differ from account to account. */
  readonly hasFiles: boolean
}

/** The updates presented to the first account of a view. */
interface PresentedUpdates {
  readonly accountId: bigint
  readonly updates: TlObject
}

/**
 * Presents a channel's events to one account after the other; null if there is nothing left to send. Accounts with the
 * same view share the update objects, which are built and encoded once. The access hashes of the accompanying channels
 * and users differ per account.
 */
export function presentToAudience(
  world: World,
  channel: Channel,
  events: readonly LoggedEvent[],
): (account: Account) => TlObject | null {
  const presented = new Map<string, PresentedUpdates | null>()
  let mentions: Mentions | undefined
  const present = (account: Account): TlObject | null => {
    const viewer = { world, account }
    const updates = events.flatMap((event) => presentChannelEvent(viewer, channel, event) ?? [])
    mentions ??= { ...collectPeers(updates), ...messagesOf(viewer, channel, events) }
    return updates.length === 0 ? null : updatesContainer(viewer, updates)
  }
  return (account) => {
    const view = mentions === undefined ? null : viewOf(world, account, mentions)
    const known = view === null ? undefined : presented.get(view)
    if (known !== undefined) return known && forAnotherAccount(account, known)
    const updates = present(account)
    const own = mentions === undefined ? null : viewOf(world, account, mentions)
    if (own === null) return updates
    const first = updates && { accountId: account.id, updates: withSharedUpdates(updates) }
    presented.set(own, first)
    return first && first.updates
  }
}

function withSharedUpdates(container: TlObject): TlObject {
  const updates = container['updates'] as readonly TlObject[]
  return {
    ...container,
    updates: updates.map((update) => ReusableObject.of(update._, () => update)),
  }
}

function forAnotherAccount(account: Account, { accountId, updates }: PresentedUpdates): TlObject {
  if (account.id === accountId) return updates
  const own = (peer: TlObject): TlObject => {
    const hash = peer['access_hash'] as bigint | undefined
    if (hash === undefined) return peer
    return { ...peer, access_hash: accessHashFor(account.id, accessHashFor(accountId, hash)) }
  }
  const { chats, users } = updates as unknown as ReferencedPeers
  return { ...updates, chats: chats.map(own), users: users.map(own) }
}

function messagesOf(
  viewer: Viewer,
  channel: Channel,
  events: readonly LoggedEvent[],
): Pick<Mentions, 'authorIds' | 'hasFiles'> {
  const messages = events.flatMap(({ messageIds: [id = 0] }) => channel.get(id) ?? [])
  return {
    authorIds: new Set(messages.flatMap(({ authorId }) => authorId ?? [])),
    hasFiles: messages.some((message) => presentMessage(viewer, message) !== message.tl),
  }
}

/**
 * A key for what an account sees: which of the messages are its own, which of the channels it is a member or admin of,
 * and whether it is one of the users. Accounts with the same key see the same updates. Null if there are files, or if
 * the account has given names of its own to some of the users.
 */
function viewOf(world: World, account: Account, mentions: Mentions): string | null {
  const { authorIds, hasFiles, chatIds, channelIds, userIds } = mentions
  if (hasFiles || chatIds.length > 0) return null
  let view = authorIds.has(account.id) ? 'author' : ''
  for (const id of channelIds) {
    const channel = world.channels.get(id)
    if (channel === undefined) continue
    view += world.channels.isMember(account, channel) ? ' member' : ' -'
    if (world.admins.has(id, account.id)) view += ' admin'
  }
  for (const id of userIds) {
    if (world.contacts.get(account, id) !== undefined) return null
    if (id === account.id) view += ' self'
  }
  return view
}
