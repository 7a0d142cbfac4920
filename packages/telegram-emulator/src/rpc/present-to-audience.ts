import type { TlObject } from '../tl/object.ts'
import type { Account } from '../world/accounts.ts'
import type { Channel } from '../world/channel.ts'
import type { LoggedEvent } from '../world/event-log.ts'
import type { World } from '../world/world.ts'
import { presentChannelEvent } from './present-event.ts'
import { collectPeers, type PeerIds } from './referenced-peers.ts'
import { updatesContainer } from './updates-container.ts'

/** What of a channel's events may look different to different accounts. */
interface Mentions extends PeerIds {
  /** The accounts that wrote the messages. */
  readonly authorIds: ReadonlySet<bigint>
}

/**
 * Tells one account after the other of a channel's events; null when there is nothing to tell any more. Those to whom
 * everything looks the same are given the same object, so that what goes to hundreds is made and encoded once.
 */
export function presentToAudience(
  world: World,
  channel: Channel,
  events: readonly LoggedEvent[],
): (account: Account) => TlObject | null {
  const presented = new Map<string, TlObject | null>()
  let mentions: Mentions | undefined
  const present = (account: Account): TlObject | null => {
    const viewer = { world, account }
    const updates = events.flatMap((event) => presentChannelEvent(viewer, channel, event) ?? [])
    mentions ??= { ...collectPeers(updates), authorIds: authorsOf(channel, events) }
    return updates.length === 0 ? null : updatesContainer(viewer, updates)
  }
  return (account) => {
    const view = mentions === undefined ? null : viewOf(world, account, mentions)
    const known = view === null ? undefined : presented.get(view)
    if (known !== undefined) return known
    const updates = present(account)
    const own = mentions === undefined ? null : viewOf(world, account, mentions)
    if (own !== null) presented.set(own, updates)
    return updates
  }
}

function authorsOf(channel: Channel, events: readonly LoggedEvent[]): Set<bigint> {
  const authors = events.flatMap(({ messageIds }) => {
    const [messageId = 0] = messageIds
    return channel.get(messageId)?.authorId ?? []
  })
  return new Set(authors)
}

/**
 * Accounts with the same view see the same: of the messages whether they are their own, of channels whether they are
 * members and run them, of users whether they are themselves. Null when there are names of the account's own choice.
 */
function viewOf(world: World, account: Account, mentions: Mentions): string | null {
  const { authorIds, chatIds, channelIds, userIds } = mentions
  if (chatIds.length > 0) return null
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
