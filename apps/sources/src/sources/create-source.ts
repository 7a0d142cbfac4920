import type { Actor, NewSource } from '@telegather/contracts'
import { recordAudit, storedOwner } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import { insertRun } from '../runs/queries.ts'
import type { SourceDeps } from './deps.ts'
import { channelColumns, findChannel } from './find-channel.ts'
import { insertSource, lockOwnSession, type SourceRow } from './queries.ts'
import { checkSettings, nextRunOf, settingsOf } from './settings.ts'

/**
 * Creates a source of the actor's owner, its first run (unless paused) and the events of both, in one transaction. The
 * session must belong to the same owner and have access to the channel. Throws DomainError (400, 404).
 */
export async function createSource(
  deps: SourceDeps,
  actor: Actor,
  input: NewSource,
): Promise<SourceRow> {
  const { identifier, access_level: accessLevel, target } = input
  const sessionId = input.session_ref ?? null
  const settings = settingsOf(deps, input)
  const reading = { identifier, accessLevel, sessionId }
  const found = await findChannel(deps, actor, reading, {
    ...storedOwner(actor.owner),
    encryptedBotToken: settings.encryptedBotToken ?? null,
    botApiId: settings.botApiId ?? null,
    encryptedBotApiHash: settings.encryptedBotApiHash ?? null,
  })
  const schedule = input.schedule === undefined ? deps.defaultSchedule : input.schedule
  const scheduling = {
    schedule,
    timezone: settings.timezone ?? 'UTC',
    activity: settings.activity ?? 'active',
  }
  checkSettings(deps, { ...scheduling, target, targetPath: settings.targetPath ?? null })

  const values = {
    ...settings,
    ...scheduling,
    name: input.name,
    identifier,
    accessLevel,
    target,
    sessionId,
    ...storedOwner(actor.owner),
    nextRunAt: nextRunOf(scheduling),
    channelTitle: input.channel_title ?? found?.channel.title ?? input.name,
    ...channelColumns(found),
  }
  return deps.db.transaction(async (tx) => {
    if (sessionId !== null && !(await lockOwnSession(tx, actor.owner, sessionId)))
      throw new DomainError('session_not_found', 'Session not found')
    const source = await insertSource(tx, values)
    await recordAudit(tx, actor, {
      action: 'source.created',
      objectId: source.id,
      details: { name: source.name, identifier: source.identifier },
    })
    await enqueue(tx, 'source.created', { sourceId: source.id })
    if (source.activity === 'active') {
      const run = await insertRun(tx, { sourceId: source.id, trigger: 'created' })
      if (!run) throw new Error(`new source ${source.id} already has a run`)
      await enqueue(tx, 'run.requested', { runId: run.id, sourceId: source.id })
    }
    return source
  })
}
