import { setTimeout as delay } from 'node:timers/promises'
import type { Actor } from '@telegather/contracts'
import { recordAudit, type Db } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import { lockOwnSource } from '../sources/queries.ts'
import { findUnfinishedRun, insertRun, type RunRow } from './queries.ts'

/** How long a run may take to end that is being cancelled; mostly it is within a second. */
const CANCELLING_MS = 5_000
const LOOK_AGAIN_MS = 50

/**
 * The source's unfinished run, or a new one that starts at once. One that is being cancelled would do nothing more: its
 * end is waited for, some seconds at most.
 */
export async function triggerRun(db: Db, actor: Actor, sourceId: number): Promise<RunRow> {
  const giveUpAt = performance.now() + CANCELLING_MS
  for (;;) {
    const run = await newOrUnfinishedRun(db, actor, sourceId)
    if (run && run.state !== 'CANCELLING') return run
    if (performance.now() > giveUpAt)
      throw new DomainError('run_cancelling', 'The run under way is being cancelled; trigger again')
    await delay(LOOK_AGAIN_MS)
  }
}

/** Null when the unfinished run has just ended. */
async function newOrUnfinishedRun(db: Db, actor: Actor, sourceId: number): Promise<RunRow | null> {
  return db.transaction(async (tx) => {
    const source = await lockOwnSource(tx, actor.owner, sourceId)
    if (!source) throw new DomainError('source_not_found', 'Source not found')
    if (source.accessLevel === 'private' && source.sessionId === null)
      throw new DomainError('source_without_session', 'Session required for private channels')
    const run = await insertRun(tx, { sourceId, trigger: 'manual' })
    if (!run) return findUnfinishedRun(tx, sourceId)
    await recordAudit(tx, actor, {
      action: 'run.triggered',
      objectId: run.id,
      details: { source_id: sourceId },
    })
    await enqueue(tx, 'run.requested', { runId: run.id, sourceId })
    return run
  })
}
