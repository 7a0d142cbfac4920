import type { TlObject } from '../tl/object.ts'

/** The other side of a dialog. Ids are bare, as in `peerUser`, `peerChat` and `peerChannel`. */
export interface Peer {
  readonly kind: 'user' | 'chat' | 'channel'
  readonly id: bigint
}

/** `Peer` of the schema. */
export function peerObject({ kind, id }: Peer): TlObject {
  switch (kind) {
    case 'user':
      return { _: 'peerUser', user_id: id }
    case 'chat':
      return { _: 'peerChat', chat_id: id }
    case 'channel':
      return { _: 'peerChannel', channel_id: id }
  }
}

/** A map key for a peer. */
export function peerKey({ kind, id }: Peer): string {
  return `${kind}:${id}`
}
