import { logRun, type Db, type Tx } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import { withRetry, type ChannelRef } from '@telegather/telegram'
import { refreshMessages } from '../messages/refresh-messages.ts'
import { inRun } from '../runs/in-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import type { SourceRow } from '../runs/queries/source-columns.ts'
import {
  askToAccept,
  countUnmarked,
  findLowestRecent,
  hasMessages,
  isAwaitingWord,
  markDeleted,
  noteMissing,
  noteRescanned,
  selectRecent,
} from './queries.ts'

const DAY_MS = 86_400_000
/** As many as Telegram tells of in one call. */
const BATCH = 100
/** Of so many posts that are still there, one may be marked as deleted at once; one may always. */
const PER_DELETION = 10

/** Who is asked about which channel. */
interface Asked {
  readonly telegram: OpenedSession
  readonly channel: ChannelRef
}

/**
 * Looks again at the posts of the source's last `rescanDays` days that were stored before the run was made: a hundred
 * of them a call, newest first, none where there are none. Telegram is asked for them by their ids, so that what it
 * does not answer with is gone and not on another page. An interrupted run goes on after the last committed hundred.
 * What a person is asked about is looked at again however old it is: should it be there after all, nobody is asked.
 */
export async function rescan(
  db: Db,
  run: RunRow,
  { telegram, channel }: Asked,
  { source, signal }: { source: SourceRow; signal: AbortSignal },
): Promise<void> {
  if (source.rescanDays === 0 || run.rescannedTo === 0) return
  const since = new Date(run.createdAt.getTime() - source.rescanDays * DAY_MS)
  const lowestRecent = await findLowestRecent(db, run.sourceId, since)
  for (let before = run.rescannedTo; ;) {
    const ids = await selectRecent(db, run, { since, lowestRecent, before, limit: BATCH })
    const oldest = ids.at(-1)
    if (oldest === undefined) break
    const found = await withRetry({ signal }, () =>
      telegram.messagesById({ channel, ids }, { signal }),
    )
    const foundIds = new Set(found.map(({ id }) => id))
    await inRun(db, run, telegram.fence, async (tx) => {
      const origin = { sourceId: run.sourceId, sessionId: telegram.sessionId }
      const edited = await refreshMessages(tx, origin, found)
      await noteMissing(
        tx,
        run.sourceId,
        ids.filter((id) => !foundIds.has(id)),
      )
      await noteRescanned(tx, run, oldest)
      if (edited > 0)
        await log(tx, run, 'info', `${posts(edited)} edited since; what it said before is kept`)
      return {}
    })
    before = oldest
  }
  await inRun(db, run, telegram.fence, async (tx) => {
    await settleDeletions(tx, run)
    await noteRescanned(tx, run, 0)
    return {}
  })
}

/**
 * Marks what is missing as deleted, unless so much is missing at once that a person is to look first. Until then nothing
 * is: neither more posts nor more deletions make little of what was much.
 */
async function settleDeletions(tx: Tx, run: RunRow): Promise<void> {
  const { sourceId } = run
  const missing = await countUnmarked(tx, sourceId)
  if (missing === 0) return askToAccept(tx, sourceId, 0)
  const isMuch = missing > 1 && !(await hasMessages(tx, sourceId, missing * PER_DELETION))
  if (isMuch || (await isAwaitingWord(tx, sourceId))) {
    await askToAccept(tx, sourceId, missing)
    return log(
      tx,
      run,
      'warning',
      `${posts(missing)} deleted at Telegram: none is marked before you accept it`,
    )
  }
  await markDeleted(tx, sourceId)
  await log(
    tx,
    run,
    'info',
    `${posts(missing)} deleted at Telegram since; they are marked, and stay`,
  )
}

function posts(count: number): string {
  return count === 1 ? '1 post was' : `${count} posts were`
}

function log(tx: Tx, run: RunRow, level: 'info' | 'warning', message: string): Promise<void> {
  return logRun(tx, run.id, { level, message })
}
