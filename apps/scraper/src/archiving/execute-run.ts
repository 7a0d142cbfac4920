import type { Db } from '@telegather/db'
import type { SignalOptions } from '@telegather/events'
import type { Logger } from '@telegather/service'
import type { Target, Targets } from '@telegather/storage'
import { botSessionFor, type Bots, type OpenSession } from '@telegather/sessions'
import { parseChannelIdentifier, PeerNotFound } from '@telegather/telegram'
import type { RunRow } from '../runs/queries/run-state.ts'
import { findSource, type SourceRow } from '../runs/queries/source-columns.ts'
import { applyFilter } from './apply-filter.ts'
import { archiveChannel } from './archive-channel.ts'
import { chooseFolder } from './choose-folder.ts'
import { createProgress } from '../runs/progress.ts'
import { READER_BY_HISTORY, READER_BY_ID } from './channel-reader.ts'
import { RunImpossible, RunLost } from '../runs/errors.ts'
import { sendProgress } from './send-progress.ts'
import { withChannel } from './with-channel.ts'

export interface RunDeps {
  readonly db: Db
  readonly openSession: OpenSession
  readonly targets: Targets
  readonly signals: SignalOptions
  readonly log: Logger
  readonly bots: Bots
}

/**
 * Executes one attempt of a run: stores the posts after the source's last stored message, oldest first, and its pending
 * files. After a crash, the next attempt resumes after the last committed page and with the files not yet stored. Throws
 * RunLost when the source is deleted, RunImpossible when every attempt would fail.
 */
export async function executeRun(deps: RunDeps, run: RunRow, signal: AbortSignal): Promise<void> {
  const source = await findSource(deps.db, run.sourceId)
  if (!source) throw new RunLost()
  const target = targetOf(deps.targets, source)

  const isBot = run.sessionId === null
  const sessionId = run.sessionId ?? (await botFor(deps, source))
  const reader = isBot ? READER_BY_ID : READER_BY_HISTORY
  const telegram = await deps.openSession(sessionId, { prefer: true })
  const ended = new AbortController()
  // With `since`, the number of messages left cannot be computed from the number of stored ones.
  const progress = createProgress(source.since === null ? source.totalMessages : null)
  const progressSent = sendProgress(deps, run.id, progress, ended.signal)
  try {
    const folder = await chooseFolder(deps.db, run, { source, target, fence: telegram.fence })
    await withChannel(deps.db, run, { telegram, source, signal }, async (channel) => {
      const route = { telegram, target, channel, folder, progress, filter: source }
      const afterId = await applyFilter(deps.db, run, route, { source, reader, signal })
      await archiveChannel(deps.db, run, route, { source, reader, afterId, signal })
    })
  } catch (error) {
    throw isBot && error instanceof PeerNotFound ? botNotAdmitted(error) : error
  } finally {
    ended.abort()
    await telegram.close()
    await progressSent
  }
}

/** The session of the bot that reads a public channel which no account's session may read. */
async function botFor({ db, bots }: RunDeps, source: SourceRow): Promise<number> {
  if (source.accessLevel === 'private')
    throw new RunImpossible('Session required for private channels')
  if (parseChannelIdentifier(source.identifier)?.by !== 'username')
    throw new RunImpossible(
      'No session can read this channel: log an account in first; a bot finds it only by its public name',
    )
  const sessionId = await botSessionFor(db, bots, source)
  if (sessionId === null)
    throw new RunImpossible(
      'No session can read this channel: log an account in, or give the source the token of a bot that is an administrator of the channel',
    )
  return sessionId
}

function botNotAdmitted(cause: PeerNotFound): RunImpossible {
  return new RunImpossible(
    'The bot cannot read this channel: it must be an administrator of it, or an account must be logged in',
    { cause },
  )
}

function targetOf(targets: Targets, source: SourceRow): Target {
  const target = targets[source.target]
  if (target === null) throw new RunImpossible(`Target ${source.target} is not configured`)
  return target
}
