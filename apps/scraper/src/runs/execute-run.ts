import type { Db } from '@telegather/db'
import type { SignalOptions } from '@telegather/events'
import type { Logger } from '@telegather/service'
import type { Target, Targets } from '@telegather/storage'
import { botSessionFor, type Bots, type OpenSession } from '@telegather/sessions'
import { parseChannelIdentifier, PeerNotFound } from '@telegather/telegram'
import type { FileRoute } from '../files/file-route.ts'
import { storeFiles } from '../files/store-files.ts'
import { gatherPages } from '../messages/gather-pages.ts'
import { storePage } from '../messages/store-page.ts'
import { rescan } from '../rescan/rescan.ts'
import type { RunRow } from './queries/run-state.ts'
import { findSource, type SourceRow } from './queries/source-columns.ts'
import { applyFilter } from './apply-filter.ts'
import { channelOf } from './channel-of.ts'
import { chooseFolder } from './choose-folder.ts'
import { createProgress } from './progress.ts'
import { READING, READING_OF_BOTS, type Reading } from './reading.ts'
import { RunImpossible } from './run-impossible.ts'
import { RunLost } from './run-lost.ts'
import { tellProgress } from './tell-progress.ts'

export interface RunDeps {
  readonly db: Db
  readonly openSession: OpenSession
  readonly targets: Targets
  readonly signals: SignalOptions
  readonly log: Logger
  readonly bots: Bots
}

/**
 * Stores what the source's channel has beyond the last stored message, oldest first: a page of messages
 * in one transaction, then that page's files while their references are fresh. Dying anywhere loses
 * nothing: the next try goes on after the last committed page and takes up the files that are missing.
 */
export async function executeRun(deps: RunDeps, run: RunRow, signal: AbortSignal): Promise<void> {
  const source = await findSource(deps.db, run.sourceId)
  if (!source) throw new RunLost()
  const target = await openTarget(deps.targets, source)

  const isBot = run.sessionId === null
  const sessionId = run.sessionId ?? (await botFor(deps, source))
  const reading = isBot ? READING_OF_BOTS : READING
  const telegram = await deps.openSession(sessionId, { prefer: true })
  const over = new AbortController()
  // What was left out before `since` is not known to be stored.
  const progress = createProgress(source.since === null ? source.totalMessages : null)
  const told = tellProgress(deps, run.id, progress, over.signal)
  try {
    const channel = await channelOf(deps.db, run, telegram, { source, sessionId, signal })
    const folder = await chooseFolder(deps.db, run, { source, target, fence: telegram.fence })
    const route = { telegram, target, channel, folder, progress, filter: source }
    const afterId = await applyFilter(deps.db, run, route, { source, reading, signal })
    await rescan(deps.db, run, route, { source, signal })
    await storeFiles(deps.db, run, route, { afterMessageId: 0, signal })
    await storeHistory(deps.db, run, route, { afterId, reading, signal })
  } catch (error) {
    throw isBot && error instanceof PeerNotFound ? botNotAdmitted(error) : error
  } finally {
    over.abort()
    await telegram.close()
    await told
  }
}

async function storeHistory(
  db: Db,
  run: RunRow,
  route: FileRoute,
  { afterId, reading, signal }: { afterId: number; reading: Reading; signal: AbortSignal },
): Promise<void> {
  let afterMessageId = afterId
  const telegram = route.progress.watch(route.telegram)
  const pages = reading.history(telegram, route.channel, { afterId, signal })
  for await (const page of gatherPages(pages)) {
    await storePage(db, run, page, route.telegram.fence)
    route.progress.stored(page.length)
    if (page.some(({ media }) => media !== null))
      await storeFiles(db, run, route, { afterMessageId, signal })
    afterMessageId = page.at(-1)?.id ?? afterMessageId
  }
}

/** The session of a bot, for a public channel that no account's session was there for. */
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

/** The source's target, ready to be written to, without what a worker that died has left there. */
async function openTarget(targets: Targets, source: SourceRow): Promise<Target> {
  const target = targets[source.target]
  if (target === null) throw new RunImpossible(`Target ${source.target} is not configured`)
  const problem = await target.check()
  if (problem !== null) throw problem
  await target.clear(String(source.id))
  return target
}
