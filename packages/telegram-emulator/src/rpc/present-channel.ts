import type { TlObject } from '../tl/object.ts'
import { accessHashFor } from '../world/access-hash.ts'
import type { Account } from '../world/accounts.ts'
import type { Channel } from '../world/channel.ts'
import type { World } from '../world/world.ts'
import type { Viewer } from './method.ts'

const ADMIN_RIGHTS: TlObject = {
  _: 'chatAdminRights',
  change_info: true,
  post_messages: true,
  edit_messages: true,
  delete_messages: true,
  ban_users: true,
  invite_users: true,
  pin_messages: true,
}

/** The `channel` for lists of chats, as `viewer` sees it. */
export function presentChannel(world: World, channel: Channel, viewer: Account): TlObject {
  const { id, accessHash, title, username, kind, createdAt } = channel.blueprint
  return {
    _: 'channel',
    broadcast: kind === 'broadcast',
    megagroup: kind === 'supergroup',
    ...(world.admins.has(id, viewer.id) && { admin_rights: ADMIN_RIGHTS }),
    left: !world.channels.isMember(viewer, channel),
    id,
    access_hash: accessHashFor(viewer.id, accessHash),
    title,
    ...(username !== null && { username }),
    photo: { _: 'chatPhotoEmpty' },
    date: createdAt,
    participants_count: world.channels.participantsCount(world.accounts.count, channel),
  }
}

/** `channelFull`. */
export function presentFullChannel({ world, account }: Viewer, channel: Channel): TlObject {
  const { id, about, kind } = channel.blueprint
  return {
    _: 'channelFull',
    can_view_participants: kind === 'supergroup',
    id,
    about,
    participants_count: world.channels.participantsCount(world.accounts.count, channel),
    read_inbox_max_id: world.channelMarks.inbox(account.id, channel),
    read_outbox_max_id: world.channelMarks.outbox(account.id, channel),
    unread_count: world.channelMarks.unreadCount(account.id, channel),
    chat_photo: { _: 'photoEmpty', id: 0n },
    notify_settings: { _: 'peerNotifySettings' },
    bot_info: [],
    pts: channel.pts,
    ...migration({ world, account }, channel),
  }
}

/** The group from which a supergroup was migrated, and that group's last message in the viewer's mailbox. */
function migration({ world, account }: Viewer, channel: Channel): Partial<TlObject> {
  const group = world.groups.before(channel.id)
  if (group === undefined) return {}
  const conversation = world.mailboxes.of(account.id).conversation({ kind: 'chat', id: group.id })
  return {
    migrated_from_chat_id: group.id,
    migrated_from_max_id: conversation?.topId ?? 0,
  }
}
