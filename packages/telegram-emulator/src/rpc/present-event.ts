import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import type { LoggedEvent } from '../world/event-log.ts'
import type { ChannelMessage } from '../world/model.ts'
import { peerObject } from '../world/peer.ts'
import type { Viewer } from './method.ts'
import { presentMessageFor } from './present-message.ts'

/** The `Update` for an event of the viewer's mailbox; null if its message was deleted. */
export function presentMailboxEvent(viewer: Viewer, event: LoggedEvent): TlObject | null {
  const { kind, pts, ptsCount: pts_count, messageIds, peer } = event
  const [messageId = 0] = messageIds
  const mailbox = viewer.world.mailboxes.of(viewer.account.id)
  switch (kind) {
    case 'new_message':
    case 'edit_message': {
      const name = kind === 'new_message' ? 'updateNewMessage' : 'updateEditMessage'
      return withMessage(viewer, mailbox.get(messageId), { _: name, pts, pts_count })
    }
    case 'delete_messages':
      return { _: 'updateDeleteMessages', messages: messageIds, pts, pts_count }
    case 'read_inbox':
    case 'read_outbox': {
      if (peer === null) return null
      const read = { peer: peerObject(peer), max_id: messageId, pts, pts_count }
      if (kind === 'read_outbox') return { _: 'updateReadHistoryOutbox', ...read }
      const still_unread_count = mailbox.conversation(peer)?.unreadCount ?? 0
      return { _: 'updateReadHistoryInbox', ...read, still_unread_count }
    }
  }
}

/** The `Update` for an event of a channel; null if its message was deleted. */
export function presentChannelEvent(
  viewer: Viewer,
  channel: Channel,
  event: LoggedEvent,
): TlObject | null {
  const { kind, pts, ptsCount: pts_count, messageIds } = event
  const [messageId = 0] = messageIds
  switch (kind) {
    case 'new_message':
    case 'edit_message': {
      const name = kind === 'new_message' ? 'updateNewChannelMessage' : 'updateEditChannelMessage'
      return withMessage(viewer, channel.get(messageId), { _: name, pts, pts_count })
    }
    case 'delete_messages':
      return {
        _: 'updateDeleteChannelMessages',
        channel_id: channel.id,
        messages: messageIds,
        pts,
        pts_count,
      }
    // Reads have no `pts` in channels.
    case 'read_inbox':
    case 'read_outbox':
      return null
  }
}

function withMessage(
  viewer: Viewer,
  message: ChannelMessage | undefined,
  update: TlObject,
): TlObject | null {
  return message === undefined ? null : { ...update, message: presentMessageFor(viewer, message) }
}
