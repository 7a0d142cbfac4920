import type { Activity, Actor } from '@telegather/contracts'
import { recordAudit, type Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { lockOwnSource, updateSource, type SourceRow } from './queries.ts'
import { nextRunOf } from './settings.ts'

/** Pauses or resumes a source's schedule. Does not stop a current run. Throws `source_not_found`. */
export async function setActivity(
  db: Db,
  actor: Actor,
  sourceId: number,
  activity: Activity,
): Promise<SourceRow> {
  return db.transaction(async (tx) => {
    const source = await lockOwnSource(tx, actor.owner, sourceId)
    if (!source) throw new DomainError('source_not_found', 'Source not found')
    if (source.activity === activity) return source
    await recordAudit(tx, actor, {
      action: activity === 'paused' ? 'source.paused' : 'source.resumed',
      objectId: sourceId,
      details: { name: source.name },
    })
    return updateSource(tx, sourceId, { activity, nextRunAt: nextRunOf({ ...source, activity }) })
  })
}
