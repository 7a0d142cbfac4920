import type { Account, Channel, Group } from '../port.ts'
import type { TlChat, TlUser, TlUsername } from './shapes.ts'

export function mapAccount(user: TlUser): Account {
  return {
    userId: user.id,
    phoneNumber: user.phone ? `+${user.phone.replace(/^\+/, '')}` : null,
    username: publicName(user),
    firstName: user.first_name ?? null,
    lastName: user.last_name ?? null,
    isBot: user.bot ?? false,
    isPremium: user.premium ?? false,
  }
}

/** Null for other chats, and for a channel that the account may not see (`channelForbidden`). */
export function mapChannel(chat: TlChat): Channel | null {
  if (chat._ !== 'channel') return null
  const username = publicName(chat)
  return {
    id: chat.id,
    accessHash: chat.access_hash ?? '0',
    username,
    title: chat.title,
    participantsCount: chat.participants_count ?? null,
    isBroadcast: chat.broadcast ?? false,
    isMegagroup: chat.megagroup ?? false,
    isPrivate: username === null,
    isMember: !chat.left,
  }
}

/** Null for other chats, and for a basic group that the account has left. */
export function mapGroup(chat: TlChat): Group | null {
  if (chat._ !== 'chat' || chat.left) return null
  const { migrated_to: to } = chat
  return {
    groupId: chat.id,
    title: chat.title,
    participantsCount: chat.participants_count ?? 0,
    migratedTo: to ? { id: to.channel_id, accessHash: to.access_hash } : null,
  }
}

/** The public username. A peer with several usernames has them only in `usernames`; the first active one is used. */
export function publicName(peer: {
  readonly username?: string
  readonly usernames?: readonly TlUsername[]
}): string | null {
  return peer.username ?? peer.usernames?.find(({ active }) => active)?.username ?? null
}
