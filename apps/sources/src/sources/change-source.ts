import type { Actor, SourceChanges } from '@telegather/contracts'
import { recordAudit, type Tx } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { lockExecutedRun } from '../runs/queries.ts'
import type { SourceDeps } from './deps.ts'
import { channelColumns, findChannel, type FoundChannel, type Reading } from './find-channel.ts'
import {
  findSource,
  lockOwnSession,
  lockOwnSource,
  updateSource,
  type SourceRow,
} from './queries.ts'
import { checkSettings, nextRunOf, settingsOf } from './settings.ts'

/**
 * Changes the fields named in `input`. The channel can change only while no messages are stored. Throws DomainError
 * (400, 404, 409).
 */
export async function changeSource(
  deps: SourceDeps,
  actor: Actor,
  sourceId: number,
  input: SourceChanges,
): Promise<SourceRow> {
  const before = await findSource(deps.db, actor.owner, sourceId)
  if (!before) throw new DomainError('source_not_found', 'Source not found')
  const reading = readingAfter(before, input)
  const { sessionId } = reading
  const asked = settingsOf(deps, input)
  const isReadAnew =
    !isSameReading(before, reading) || (sessionId === null && Boolean(asked.encryptedBotToken))
  const found = isReadAnew ? await findChannel(deps, actor, reading, { ...before, ...asked }) : null

  return deps.db.transaction(async (tx) => {
    const source = await lockOwnSource(tx, actor.owner, sourceId)
    if (!source) throw new DomainError('source_not_found', 'Source not found')
    if (isReadAnew && !isSameReading(before, source))
      throw new DomainError('source_changed', 'This source was changed at the same time; try again')
    if (isReadAnew && sessionId !== null && !(await lockOwnSession(tx, actor.owner, sessionId)))
      throw new DomainError('session_not_found', 'Session not found')
    const settings = { ...asked, ...(isReadAnew && reading) }
    const changed = { ...source, ...settings }
    checkSettings(deps, changed)
    await recordAudit(tx, actor, {
      action: 'source.changed',
      objectId: sourceId,
      details: { name: changed.name, fields: Object.keys(input) },
    })
    return updateSource(tx, sourceId, {
      ...settings,
      channelTitle: input.channel_title ?? source.channelTitle,
      nextRunAt: isRescheduled(source, changed) ? nextRunOf(changed) : source.nextRunAt,
      ...(isMoved(source, changed) && { folder: null }),
      ...(isReadAnew && (await channelAfter(tx, source, { reading, found }))),
    })
  })
}

/**
 * Channel and session after the change. `session_ref` and `session_id` are two names of one field. The value that
 * differs from the stored session wins, so a client may send a whole source back with only one of the two changed.
 */
function readingAfter(source: SourceRow, input: SourceChanges): Reading {
  const { identifier = source.identifier, access_level: accessLevel = source.accessLevel } = input
  const newSessionId = [input.session_ref, input.session_id].find(
    (sessionId) => sessionId !== undefined && sessionId !== source.sessionId,
  )
  const sessionId = newSessionId === undefined ? source.sessionId : newSessionId
  return { identifier, accessLevel, sessionId }
}

function isSameReading(one: Reading, other: Reading): boolean {
  return (
    one.identifier === other.identifier &&
    one.accessLevel === other.accessLevel &&
    one.sessionId === other.sessionId
  )
}

/**
 * The channel's columns. For another channel the cursor is reset to its first post. Throws `source_keeps_channel` when
 * messages are stored, and `run_under_way` while a run still stores messages of the old channel.
 */
async function channelAfter(
  tx: Tx,
  source: SourceRow,
  { reading, found }: { reading: Reading; found: FoundChannel | null },
): Promise<Partial<SourceRow>> {
  const isSame =
    found === null || source.channelId === null
      ? reading.identifier === source.identifier
      : found.channel.id === String(source.channelId)
  if (isSame) return channelColumns(found)
  if (source.totalMessages > 0)
    throw new DomainError(
      'source_keeps_channel',
      found === null
        ? 'No session can tell whether this is the same channel'
        : 'This is another channel: make another source of it',
    )
  if (await lockExecutedRun(tx, source.id))
    throw new DomainError(
      'run_under_way',
      'A run is under way: cancel it before you change the channel',
    )
  return {
    channelId: null,
    channelAccessHash: null,
    channelSessionId: null,
    lastMessageId: 0,
    ...channelColumns(found),
  }
}

/** True when the target or its path changes. The next run then chooses a new folder. */
function isMoved(source: SourceRow, changed: SourceRow): boolean {
  return source.target !== changed.target || source.targetPath !== changed.targetPath
}

/** A PUT that leaves schedule, time zone and activity unchanged keeps `next_run_at`. */
function isRescheduled(source: SourceRow, changed: SourceRow): boolean {
  return (
    source.schedule !== changed.schedule ||
    source.timezone !== changed.timezone ||
    source.activity !== changed.activity
  )
}
