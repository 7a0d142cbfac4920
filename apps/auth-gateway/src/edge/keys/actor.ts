import type { Actor } from '@telegather/contracts'
import { ownerOf } from '@telegather/db'
import type { KeyRow } from './queries.ts'

/** The actor of every request with `AUTH_MODE=none`, and of the command line. */
export const OPERATOR: Actor = { keyId: null, owner: { kind: 'operator' }, scopes: ['*'] }

export function actorOfKey(row: KeyRow): Actor {
  return { keyId: row.id, owner: ownerOf(row), scopes: row.scopes }
}
