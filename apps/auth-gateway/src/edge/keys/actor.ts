import type { Actor } from '@telegather/contracts'
import { ownerOf } from '@telegather/db'
import type { KeyRow } from './queries.ts'

/** With `AUTH_MODE=none`, every caller is the operator. */
export const OPERATOR: Actor = { keyId: null, owner: { kind: 'operator' }, scopes: ['*'] }

export function actorOfKey(row: KeyRow): Actor {
  return { keyId: row.id, owner: ownerOf(row), scopes: row.scopes }
}
