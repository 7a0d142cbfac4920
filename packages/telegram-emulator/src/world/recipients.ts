import type { Peer } from './peer.ts'
import type { World } from './world.ts'

/** The accounts, without the sender, that get a message sent to a dialog. People without an account have no mailbox. */
export function recipientsOf({ accounts, groups }: World, from: bigint, peer: Peer): bigint[] {
  if (peer.kind === 'chat') {
    return (groups.get(peer.id)?.memberIds ?? []).filter((id) => id !== from)
  }
  const isAccount = peer.kind === 'user' && accounts.get(peer.id) !== undefined
  return isAccount && peer.id !== from ? [peer.id] : []
}
