import type { Actor } from '@telegather/contracts'
import { recordAudit } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import { cancelRunOfDeleted, signalCancel, type CancelDeps } from '../runs/cancel-run.ts'
import { markDeleted } from './queries.ts'

/**
 * Deletes a source: its current run is cancelled, and its session is released. Its archive stays readable, or with
 * `purge` is deleted in the background (`workers/purge-archives.ts`). A kept archive can be purged by a second call.
 * Throws `source_not_found`.
 */
export async function deleteSource(
  deps: CancelDeps,
  actor: Actor,
  sourceId: number,
  { purge }: { purge: boolean },
): Promise<void> {
  const run = await deps.db.transaction(async (tx) => {
    const name = await markDeleted(tx, actor.owner, { sourceId, purge })
    if (name === null) throw new DomainError('source_not_found', 'Source not found')
    await recordAudit(tx, actor, {
      action: 'source.deleted',
      objectId: sourceId,
      details: { name, archive: purge ? 'delete' : 'keep' },
    })
    await enqueue(tx, 'source.deleted', { sourceId })
    return cancelRunOfDeleted(tx, sourceId)
  })
  if (run) signalCancel(deps, run)
}
