import type { TlObject } from '../tl/object.ts'
import type { World } from '../world/world.ts'

/** JSON fields of an export. */
export type Fields = Record<string, unknown>

/** The names of the peers in an export. */
export interface Names {
  /** Null for an unknown peer. */
  title(peer: TlObject): string | null
  username(userId: bigint): string | null
}

export function nameOfPeer({ accounts, channels }: World): Names {
  return {
    title: (peer) => {
      if (peer._ === 'peerChannel') {
        return channels.get(peer['channel_id'] as bigint)?.blueprint.title ?? null
      }
      if (peer._ !== 'peerUser') return null
      const id = peer['user_id'] as bigint
      const user = accounts.get(id) ?? channels.person(id)
      return user === undefined ? null : [user.firstName, user.lastName ?? ''].join(' ').trim()
    },
    username: (id) => (accounts.get(id) ?? channels.person(id))?.username ?? null,
  }
}

/** `user1`, `channel2` or `chat3`. */
export function peerId(peer: TlObject): string {
  if (peer._ === 'peerChannel') return `channel${peer['channel_id'] as bigint}`
  if (peer._ === 'peerChat') return `chat${peer['chat_id'] as bigint}`
  return `user${peer['user_id'] as bigint}`
}
