import { createHash } from 'node:crypto'
import type { Channel } from './channel.ts'
import type { Channels } from './channels.ts'

const LENGTH = 16

/** The hash in the invite link of a private channel; null for a channel with a username. */
export function inviteHash({ id, blueprint }: Channel): string | null {
  if (blueprint.username !== null) return null
  return createHash('sha256').update(`invite ${id}`).digest('base64url').slice(0, LENGTH)
}

export function invitedChannel(channels: Channels, hash: string): Channel | undefined {
  return [...channels.all()].find((channel) => inviteHash(channel) === hash)
}
