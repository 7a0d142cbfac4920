import type { Actor } from '@telegather/contracts'
import { ownerOf, recordAudit, type Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { findKey, revokeKeyRow, type KeyRow } from './queries.ts'

/**
 * Revokes a key. Logins with it end at once, because each request checks both. Idempotent. Throws `key_not_found`.
 */
export async function revokeKey(db: Db, actor: Actor, keyId: string): Promise<KeyRow> {
  return db.transaction(async (tx) => {
    const revoked = await revokeKeyRow(tx, actor.owner, keyId)
    if (revoked) {
      await recordAudit(tx, actor, {
        action: 'key.revoked',
        objectId: keyId,
        owner: ownerOf(revoked),
        details: { name: revoked.name },
      })
      return revoked
    }
    const known = await findKey(tx, actor.owner, keyId)
    if (!known) throw new DomainError('key_not_found', 'Key not found')
    return known
  })
}
