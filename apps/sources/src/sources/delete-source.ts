import type { Actor } from '@telegather/contracts'
import { recordAudit, type Db } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import { cancelUnfinishedRun } from '../runs/queries.ts'
import { markDeleted } from './queries.ts'

/**
 * Ends the source: it has no more runs, a run under way finds itself cancelled, and its session is free. Its archive
 * stays readable, or is removed by and by (`workers/purge-archives.ts`); one that was kept can be removed later.
 */
export async function deleteSource(
  db: Db,
  actor: Actor,
  sourceId: number,
  { purge }: { purge: boolean },
): Promise<void> {
  await db.transaction(async (tx) => {
    const name = await markDeleted(tx, actor.tenantId, { sourceId, purge })
    if (name === null) throw new DomainError('not_found', 'Source not found')
    await cancelUnfinishedRun(tx, sourceId)
    await recordAudit(tx, actor, {
      action: 'source.deleted',
      objectId: sourceId,
      details: { name, archive: purge ? 'delete' : 'keep' },
    })
    await enqueue(tx, 'source.deleted', { sourceId })
  })
}
