import { UNFINISHED_RUN_STATES, type Actor, type RunState } from '@telegather/contracts'
import { recordAudit, type Db } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import { lockOwnSource } from '../sources/queries.ts'
import { getRun } from './get-run.ts'
import { insertRun, type RunRow } from './queries.ts'

const UNFINISHED: readonly RunState[] = UNFINISHED_RUN_STATES

/**
 * Starts a new run of a finished run's source. Throws `run_not_found`, `source_deleted`, and `run_under_way` when that run
 * or another run of the source is unfinished.
 */
export async function retryRun(db: Db, actor: Actor, runId: string): Promise<RunRow> {
  const ended = await getRun(db, actor, runId)
  if (UNFINISHED.includes(ended.state))
    throw new DomainError('run_under_way', 'The run has not ended yet')
  const { sourceId } = ended
  return db.transaction(async (tx) => {
    if (!(await lockOwnSource(tx, actor.owner, sourceId)))
      throw new DomainError('source_deleted', 'The source of this run has been deleted')
    const run = await insertRun(tx, { sourceId, trigger: 'manual' })
    if (!run) throw new DomainError('run_under_way', 'Another run of this source has not ended yet')
    await recordAudit(tx, actor, {
      action: 'run.retried',
      objectId: run.id,
      details: { source_id: sourceId, retried_run_id: runId },
    })
    await enqueue(tx, 'run.requested', { runId: run.id, sourceId })
    return run
  })
}
