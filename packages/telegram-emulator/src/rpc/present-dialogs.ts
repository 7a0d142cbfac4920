import type { TlObject } from '../tl/object.ts'
import type { Channel } from '../world/channel.ts'
import { peerObject, type Peer } from '../world/peer.ts'
import { timelineOf, type DialogPeer } from './dialog-peer.ts'
import type { Viewer } from './method.ts'
import { presentMessageFor } from './present-message.ts'
import { referencedPeers, type ReferencedPeers } from './referenced-peers.ts'

export interface PresentedDialogs extends ReferencedPeers {
  readonly dialogs: TlObject[]
  readonly messages: TlObject[]
}

/** Dialogs with their newest messages, and the peers that these mention. */
export function presentDialogs(viewer: Viewer, dialogs: readonly DialogPeer[]): PresentedDialogs {
  const messages = dialogs.flatMap((dialog) => {
    const timeline = timelineOf(viewer, dialog)
    const top = timeline.get(timeline.topId)
    return top === undefined ? [] : [presentMessageFor(viewer, top)]
  })
  const presented = dialogs.map((dialog) => presentDialog(viewer, dialog))
  const channels = dialogs.flatMap((dialog) => ('channel' in dialog ? [dialog.channel] : []))
  return {
    dialogs: presented,
    messages,
    ...referencedPeers(viewer, channels, [...presented, ...messages]),
  }
}

export function presentDialog(viewer: Viewer, dialog: DialogPeer): TlObject {
  return {
    _: 'dialog',
    ...('channel' in dialog
      ? channelFields(viewer, dialog.channel)
      : conversationFields(viewer, dialog.peer)),
    top_message: timelineOf(viewer, dialog).topId,
    unread_mentions_count: 0,
    unread_reactions_count: 0,
    notify_settings: { _: 'peerNotifySettings' },
  }
}

type Fields = Readonly<Partial<TlObject>>

function channelFields({ world, account }: Viewer, channel: Channel): Fields {
  return {
    pinned: world.channels.isPinned(channel.id),
    peer: { _: 'peerChannel', channel_id: channel.id },
    read_inbox_max_id: world.channelMarks.inbox(account.id, channel),
    read_outbox_max_id: world.channelMarks.outbox(account.id, channel),
    unread_count: world.channelMarks.unreadCount(account.id, channel),
    pts: channel.pts,
  }
}

function conversationFields({ world, account }: Viewer, peer: Peer): Fields {
  const conversation = world.mailboxes.of(account.id).conversation(peer)
  return {
    peer: peerObject(peer),
    read_inbox_max_id: conversation?.marks.inbox ?? 0,
    read_outbox_max_id: conversation?.marks.outbox ?? 0,
    unread_count: conversation?.unreadCount ?? 0,
  }
}
