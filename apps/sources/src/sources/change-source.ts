import type { Actor, SourceChanges } from '@telegather/contracts'
import { recordAudit } from '@telegather/db'
import { DomainError } from '@telegather/service'
import type { SourceDeps } from './deps.ts'
import { channelColumns, findChannel, type FoundChannel } from './find-channel.ts'
import { findSource, lockSession, lockSource, updateSource, type SourceRow } from './queries.ts'
import { checkTarget, nextRunOf, settingsOf } from './settings.ts'

/** Changes what `input` names. A source that has stored something keeps its channel. */
export async function changeSource(
  deps: SourceDeps,
  actor: Actor,
  sourceId: number,
  input: SourceChanges,
): Promise<SourceRow> {
  const { db } = deps
  const before = await findSource(db, actor.tenantId, sourceId)
  if (!before) throw new DomainError('not_found', 'Source not found')
  const found = await findNewChannel(deps, actor, before, input)

  return db.transaction(async (tx) => {
    const source = await lockSource(tx, actor.tenantId, sourceId)
    if (!source) throw new DomainError('not_found', 'Source not found')
    const settings = settingsOf(deps, input)
    const changed = { ...source, ...settings }
    checkStays(source, found)
    checkTarget(deps, changed)
    if (changed.sessionId !== null && !(await lockSession(tx, actor.tenantId, changed.sessionId)))
      throw new DomainError('not_found', 'Session not found')
    await recordAudit(tx, actor, {
      action: 'source.changed',
      objectId: sourceId,
      details: { name: changed.name, fields: Object.keys(input) },
    })
    return updateSource(tx, sourceId, {
      ...settings,
      channelTitle: input.channel_title ?? source.channelTitle,
      nextRunAt: reschedules(input) ? nextRunOf(changed) : source.nextRunAt,
      ...(moves(source, changed) && { folder: null }),
      ...channelColumns(found),
    })
  })
}

/** Looked up again when the channel is named otherwise, or read by somebody else. */
async function findNewChannel(
  deps: SourceDeps,
  actor: Actor,
  source: SourceRow,
  input: SourceChanges,
): Promise<FoundChannel | null> {
  const { identifier = source.identifier, access_level: accessLevel = source.accessLevel } = input
  const sessionId = input.session_ref === undefined ? source.sessionId : input.session_ref
  if (
    identifier === source.identifier &&
    accessLevel === source.accessLevel &&
    sessionId === source.sessionId
  )
    return null
  return findChannel(deps, actor, { identifier, accessLevel, sessionId })
}

function checkStays(source: SourceRow, found: FoundChannel | null): void {
  if (source.totalMessages === 0 || source.channelId === null || found === null) return
  if (found.channel.id !== String(source.channelId))
    throw new DomainError('bad_request', 'This is another channel: make another source of it')
}

/** Files go elsewhere from now on; its next run chooses the folder. */
function moves(source: SourceRow, changed: SourceRow): boolean {
  return source.target !== changed.target || source.targetPath !== changed.targetPath
}

function reschedules(input: SourceChanges): boolean {
  return [input.schedule, input.timezone, input.is_active].some((value) => value !== undefined)
}
