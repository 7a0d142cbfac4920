import { createHash } from 'node:crypto'
import type { Channel } from './channel.ts'
import type { Channels } from './channels.ts'

const LENGTH = 16

/** What the invite link of a channel without a public name ends with; null for one that has a name. */
export function inviteHash({ id, blueprint }: Channel): string | null {
  if (blueprint.username !== null) return null
  return createHash('sha256').update(`invite ${id}`).digest('base64url').slice(0, LENGTH)
}

export function invitedChannel(channels: Channels, hash: string): Channel | undefined {
  return [...channels.all()].find((channel) => inviteHash(channel) === hash)
}
