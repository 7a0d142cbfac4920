import type { Actor } from '@telegather/contracts'
import { recordAudit, type Db } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import { lockSource } from '../sources/queries.ts'
import { findUnfinishedRun, insertRun, type RunRow } from './queries.ts'

/** The source's unfinished run, or a new one that starts at once. */
export async function triggerRun(db: Db, actor: Actor, sourceId: number): Promise<RunRow> {
  return db.transaction(async (tx) => {
    const source = await lockSource(tx, actor.tenantId, sourceId)
    if (!source) throw new DomainError('not_found', 'Source not found')
    if (source.accessLevel === 'private' && source.sessionId === null)
      throw new DomainError('conflict', 'Session required for private channels')
    const run = await insertRun(tx, { sourceId, trigger: 'manual' })
    if (run) {
      await recordAudit(tx, actor, {
        action: 'run.triggered',
        objectId: run.id,
        details: { source_id: sourceId },
      })
      await enqueue(tx, 'run.requested', { runId: run.id, sourceId })
      return run
    }
    const unfinished = await findUnfinishedRun(tx, sourceId)
    if (unfinished) return unfinished
    throw new DomainError('conflict', 'The run under way has just ended; trigger again')
  })
}
