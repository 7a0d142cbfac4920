import type { Channel } from '../world/channel.ts'
import { inviteHash } from '../world/invites.ts'
import type { World } from '../world/world.ts'

/** An item of `GET /channels`. */
export interface ChannelDescription {
  readonly id: number
  readonly title: string
  readonly about: string
  readonly username: string | null
  /** Null for channels with a username. */
  readonly invite_link: string | null
  readonly kind: 'broadcast' | 'supergroup'
  readonly participants: number
  readonly messages: number
  readonly top_message_id: number
}

export function describeChannel(
  { accounts, channels }: World,
  channel: Channel,
): ChannelDescription {
  const { id, title, about, username, kind } = channel.blueprint
  const hash = inviteHash(channel)
  return {
    id: Number(id),
    title,
    about,
    username,
    invite_link: hash && `https://t.me/+${hash}`,
    kind,
    participants: channels.participantsCount(accounts.count, channel),
    messages: channel.count,
    top_message_id: channel.topId,
  }
}
