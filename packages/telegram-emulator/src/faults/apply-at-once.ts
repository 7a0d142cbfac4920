import type { AuthKey } from '../mtproto/auth-key.ts'
import type { DataCentre } from '../mtproto/data-centre.ts'
import type { World } from '../world/world.ts'
import type { PlacedFault } from './placed-fault.ts'

/**
 * Applies a fault that takes effect once, when it is placed. Returns the number of keys or files affected.
 *
 * @param fileIds the files concerned; null for all
 */
export function applyAtOnce(
  placed: PlacedFault,
  world: World,
  centres: readonly DataCentre[],
  fileIds: readonly bigint[] | null,
): void {
  if (placed.is('drop_connections')) {
    for (const centre of centres) {
      placed.fired += centre.closeConnections((link) => placed.concerns(link))
    }
  } else if (placed.is('forget_key')) {
    for (const key of keysConcerned(placed, world)) {
      centres.find(({ id }) => id === key.dcId)?.forgetKey(key.id)
      placed.fired += 1
    }
  } else if (placed.is('forget_connection')) {
    for (const key of keysConcerned(placed, world)) {
      key.mustInitialise = true
      world.authKeys.changed(key)
      placed.fired += 1
    }
  } else if (placed.is('revoke_session')) {
    for (const key of keysConcerned(placed, world).filter(({ accountId }) => accountId !== null)) {
      revoke(world, key, placed.fault.answer)
      placed.fired += 1
    }
  } else if (placed.is('expire_file_references')) {
    if (fileIds === null) world.fileReferences.expireAll()
    for (const id of fileIds ?? []) world.fileReferences.expire(id)
    placed.fired += fileIds?.length ?? 1
  }
}

function keysConcerned(placed: PlacedFault, { authKeys }: World): AuthKey[] {
  return [...authKeys.all()].filter(({ id: keyId, dcId, accountId }) =>
    placed.concerns({ keyId, dcId, accountId }),
  )
}

/** Ends a login: as another login of the account would, or as if the key had never signed in. */
function revoke(
  { authorizations }: World,
  key: AuthKey,
  answer: 'SESSION_REVOKED' | 'AUTH_KEY_UNREGISTERED',
): void {
  if (answer === 'SESSION_REVOKED') authorizations.revoke(key)
  else authorizations.signOut(key)
}
