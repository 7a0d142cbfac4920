import type { Actor } from '@telegather/contracts'
import { recordAudit, type Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { lockOwnSource, markMissingDeleted, updateSource, type SourceRow } from './queries.ts'

/**
 * Marks as deleted the messages that earlier runs found missing at Telegram but left for confirmation, because they were
 * too many at once. Idempotent. Throws `source_not_found`.
 */
export async function acceptDeletions(db: Db, actor: Actor, sourceId: number): Promise<SourceRow> {
  return db.transaction(async (tx) => {
    const source = await lockOwnSource(tx, actor.owner, sourceId)
    if (!source) throw new DomainError('source_not_found', 'Source not found')
    if (source.deletionsToAccept === 0) return source
    const messages = await markMissingDeleted(tx, sourceId)
    await recordAudit(tx, actor, {
      action: 'source.deletions_accepted',
      objectId: sourceId,
      details: { name: source.name, messages },
    })
    return updateSource(tx, sourceId, { deletionsToAccept: 0 })
  })
}
