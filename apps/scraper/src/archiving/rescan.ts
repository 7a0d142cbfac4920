import { logRun, type Db, type Tx } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import { withRetry, type ChannelRef } from '@telegather/telegram'
import { refreshMessages } from '../messages/refresh-messages.ts'
import { writeForRun } from '../runs/write-for-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import type { SourceRow } from '../runs/queries/source-columns.ts'
import {
  askToAccept,
  countUnmarked,
  findLowestRecent,
  hasMessages,
  isAwaitingAcceptance,
  markDeleted,
  recordMissing,
  recordRescanned,
  selectRecent,
} from './queries/rescan.ts'

const DAY_MS = 86_400_000
/** Telegram's limit of message ids in one call. */
const BATCH = 100
/** Deletions are marked without a person's consent up to one in 10 stored posts; a single deletion always is. */
const PER_DELETION = 10

interface OpenChannel {
  readonly telegram: OpenedSession
  readonly channel: ChannelRef
}

/**
 * Rescan: reads the stored posts of the source's last `rescanDays` days again, newest first, 100 a call. Posts that this
 * run stored are left out. Posts are read by id, so a post that is missing in the response is deleted at Telegram. An
 * interrupted run resumes after the last committed batch. Posts whose deletion awaits a person's consent are read again
 * at any age: the request for consent is withdrawn when Telegram has them.
 */
export async function rescan(
  db: Db,
  run: RunRow,
  { telegram, channel }: OpenChannel,
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
    await writeForRun(db, run, telegram.fence, async (tx) => {
      const origin = { sourceId: run.sourceId, sessionId: telegram.sessionId }
      const edited = await refreshMessages(tx, origin, found)
      await recordMissing(
        tx,
        run.sourceId,
        ids.filter((id) => !foundIds.has(id)),
      )
      await recordRescanned(tx, run, oldest)
      if (edited > 0)
        await log(tx, run, 'info', `${posts(edited)} edited since; what it said before is kept`)
      return {}
    })
    before = oldest
  }
  await writeForRun(db, run, telegram.fence, async (tx) => {
    await markOrAsk(tx, run)
    await recordRescanned(tx, run, 0)
    return {}
  })
}

/**
 * Marks missing posts as deleted, unless so many are missing at once that a person must accept the deletion. While the
 * consent is pending, marks nothing, even if the ratio falls below the threshold.
 */
async function markOrAsk(tx: Tx, run: RunRow): Promise<void> {
  const { sourceId } = run
  const missing = await countUnmarked(tx, sourceId)
  if (missing === 0) return askToAccept(tx, sourceId, 0)
  const isTooMany = missing > 1 && !(await hasMessages(tx, sourceId, missing * PER_DELETION))
  if (isTooMany || (await isAwaitingAcceptance(tx, sourceId))) {
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
