import type { DataCentre } from '../mtproto/data-centre.ts'
import type { TlObject } from '../tl/object.ts'
import type { Account } from '../world/accounts.ts'
import type { LoggedEvent } from '../world/event-log.ts'
import type { Announcement } from '../world/update-feed.ts'
import type { World } from '../world/world.ts'
import type { Viewer } from './method.ts'
import { presentMailboxEvent } from './present-event.ts'
import { presentToAudience } from './present-to-audience.ts'
import { shortMessage } from './short-message.ts'
import { shortUpdate, updatesContainer } from './updates-container.ts'

/** Sends updates to connected clients: to every login of an account on the account's data centre. */
export function pushUpdates(world: World, centres: readonly DataCentre[]): void {
  world.updateFeed.onKeyUpdate((key, update) => {
    centres.find(({ id }) => id === key.dcId)?.push(key.id, shortUpdate(update), null)
  })
  world.updateFeed.onAnnouncement((announcement) => {
    const present = presenterOf(world, announcement)
    for (const accountId of announcement.accountIds) {
      const account = world.accounts.get(accountId)
      const centre = centres.find(({ id }) => id === account?.dcId)
      if (account === undefined || centre === undefined) continue
      const keys = world.authKeys.ofAccount(accountId).filter(({ dcId }) => dcId === centre.id)
      if (keys.length === 0) continue
      const updates = present(account)
      if (updates === null) continue
      for (const { id: keyId } of keys) {
        const subject = { dcId: centre.id, keyId, accountId }
        world.faults.onPush(subject, () => centre.push(keyId, updates, announcement.origin))
      }
    }
  })
}

/** Builds the `Updates` of an announcement for an account; null if there is nothing left to send. */
function presenterOf(
  world: World,
  announcement: Announcement,
): (account: Account) => TlObject | null {
  if ('update' in announcement) {
    const updates = shortUpdate(announcement.update)
    return () => updates
  }
  const { channelId, events } = announcement
  if (channelId === null) return (account) => mailboxUpdates({ world, account }, events)
  const channel = world.channels.get(channelId)
  return channel === undefined ? () => null : presentToAudience(world, channel, events)
}

function mailboxUpdates(viewer: Viewer, events: readonly LoggedEvent[]): TlObject | null {
  const updates = events.flatMap((event) => presentMailboxEvent(viewer, event) ?? [])
  const [first] = updates
  if (first === undefined) return null
  if (updates.length > 1) return updatesContainer(viewer, updates)
  // The short form lacks the author. Bots need it, because they cannot look up dialogs.
  const short = viewer.account.bot === null ? shortMessage(first) : null
  return short ?? (NAMELESS.has(first._) ? shortUpdate(first) : updatesContainer(viewer, updates))
}

/** Updates that name no peers. */
const NAMELESS: ReadonlySet<string> = new Set([
  'updateDeleteMessages',
  'updateReadHistoryInbox',
  'updateReadHistoryOutbox',
])
