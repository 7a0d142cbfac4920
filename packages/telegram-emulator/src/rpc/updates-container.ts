import type { TlObject } from '../tl/object.ts'
import { now } from '../world/clock.ts'
import type { Viewer } from './method.ts'
import { referencedPeers } from './referenced-peers.ts'

/**
 * `updates` with the peers that they mention. Containers of updates with a `pts` have a `seq` of 0:
 * https://core.telegram.org/api/updates#updates-sequence
 */
export function updatesContainer(viewer: Viewer, updates: readonly TlObject[]): TlObject {
  return {
    _: 'updates',
    updates,
    ...referencedPeers(viewer, [], updates),
    date: now(),
    seq: 0,
  }
}

/** An `Updates` for one update that mentions only peers known to the client. */
export function shortUpdate(update: TlObject): TlObject {
  return { _: 'updateShort', update, date: now() }
}
