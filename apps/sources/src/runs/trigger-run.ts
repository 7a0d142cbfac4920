import { setTimeout as delay } from 'node:timers/promises'
import type { Actor } from '@telegather/contracts'
import { recordAudit, type Db } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import { lockOwnSource } from '../sources/queries.ts'
import { findUnfinishedRun, insertRun, type RunRow } from './queries.ts'

/** The longest wait for the end of a run that is being cancelled; usually it ends within 1 s. */
const CANCELLING_MS = 5_000
const POLL_MS = 50

/**
 * Returns the source's unfinished run, or a new one. Waits up to 5 s for the end of a CANCELLING run, which stores nothing
 * more; then throws `run_cancelling`. Throws `source_not_found`, and `source_without_session` for a private channel.
 */
export async function triggerRun(db: Db, actor: Actor, sourceId: number): Promise<RunRow> {
  const giveUpAt = performance.now() + CANCELLING_MS
  for (;;) {
    const run = await newOrUnfinishedRun(db, actor, sourceId)
    if (run && run.state !== 'CANCELLING') return run
    if (performance.now() > giveUpAt)
      throw new DomainError('run_cancelling', 'The run under way is being cancelled; trigger again')
    await delay(POLL_MS)
  }
}

/** Null when the unfinished run ended before it was read. */
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
