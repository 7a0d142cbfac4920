import { logRun, type Db, type Tx } from '@telegather/db'
import { withRetry, type ChannelRef, type OpenedSession } from '@telegather/telegram'
import { refreshMessages } from '../messages/refresh-messages.ts'
import { inRun } from '../runs/in-run.ts'
import type { RunRow, SourceRow } from '../runs/queries.ts'
import {
  askToAccept,
  countUnmarked,
  markDeleted,
  noteMissing,
  noteRescanned,
  selectRecent,
  totalMessages,
} from './queries.ts'

const DAY_MS = 86_400_000
/** As many as Telegram tells of in one call. */
const BATCH = 100
/** So many may be marked at once whatever their part of the source is. */
const FEW = 10
const MAX_PART = 0.1

/** Who is asked about which channel. */
interface Asked {
  readonly telegram: OpenedSession
  readonly channel: ChannelRef
}

/**
 * Looks again at the posts of the source's last `rescanDays` days that were stored before the run was made: a hundred
 * of them a call, newest first, none where there are none. Telegram is asked for them by their ids, so that what it
 * does not answer with is gone and not on another page. An interrupted run goes on after the last committed hundred.
 */
export async function rescan(
  db: Db,
  run: RunRow,
  { telegram, channel }: Asked,
  { source, signal }: { source: SourceRow; signal: AbortSignal },
): Promise<void> {
  if (source.rescanDays === 0 || run.rescannedTo === 0) return
  const since = new Date(run.createdAt.getTime() - source.rescanDays * DAY_MS)
  for (let before = run.rescannedTo; ;) {
    const ids = await selectRecent(db, run, { since, before, limit: BATCH })
    const oldest = ids.at(-1)
    if (oldest === undefined) break
    const found = await withRetry({ signal }, () => telegram.messagesById(channel, ids, { signal }))
    const foundIds = new Set(found.map(({ id }) => id))
    await inRun(db, run, telegram.fence, async (tx) => {
      const edited = await refreshMessages(tx, run.sourceId, found)
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
    await settleDeletions(tx, run, since)
    await noteRescanned(tx, run, 0)
    return {}
  })
}

/** Marks what is missing as deleted, unless so much is missing at once that a person is to look first. */
async function settleDeletions(tx: Tx, run: RunRow, since: Date): Promise<void> {
  const { sourceId } = run
  const missing = await countUnmarked(tx, sourceId, since)
  const total = await totalMessages(tx, sourceId)
  const tooMany = missing.recent >= FEW && missing.recent > total * MAX_PART
  if (missing.recent > 0 && !tooMany) {
    await markDeleted(tx, sourceId, since)
    await log(
      tx,
      run,
      'info',
      `${posts(missing.recent)} deleted at Telegram since; they are marked, and stay`,
    )
  }
  if (tooMany)
    await log(
      tx,
      run,
      'warning',
      `${missing.recent} of ${total} posts are gone at Telegram at once: none is marked as deleted before you accept it`,
    )
  await askToAccept(tx, sourceId, tooMany ? missing.all : missing.all - missing.recent)
}

function posts(count: number): string {
  return count === 1 ? '1 post was' : `${count} posts were`
}

function log(tx: Tx, run: RunRow, level: 'info' | 'warning', message: string): Promise<void> {
  return logRun(tx, run.id, { level, message })
}
