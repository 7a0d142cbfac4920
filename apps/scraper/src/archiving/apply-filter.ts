import { isDeepStrictEqual } from 'node:util'
import type { Db } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import type { ChannelRef } from '@telegather/telegram'
import { resetSkipped } from '../files/queries.ts'
import { moveCursor, recordFilter, type SourceRow } from '../runs/queries/source-columns.ts'
import { writeForRun } from '../runs/write-for-run.ts'
import type { ChannelReader } from './channel-reader.ts'
import type { RunRow } from '../runs/queries/run-state.ts'

/** Files reset in one transaction. */
const RESET_BATCH = 10_000

/** Version of the rules by which extensions match files. A higher number makes every source check its skipped files again. */
const FILE_TYPE_RULES = 2

/**
 * Applies a changed filter to the source: skipped files become pending again and pass the new filter, and an earlier
 * `since` moves the cursor back to it. Returns the id of the message after which the history is read; messages before
 * `since` are not read. The filter is recorded last, so after a crash the next attempt repeats the rest.
 */
export async function applyFilter(
  db: Db,
  run: RunRow,
  { telegram, channel }: { readonly telegram: OpenedSession; readonly channel: ChannelRef },
  {
    source,
    reader,
    signal,
  }: { readonly source: SourceRow; readonly reader: ChannelReader; readonly signal: AbortSignal },
): Promise<number> {
  const { withMedia, fileTypes, maxFileSize, since, lastMessageId } = source
  const filter = {
    withMedia,
    fileTypes,
    maxFileSize,
    since: since?.toISOString() ?? null,
    ...(fileTypes.length > 0 && { fileTypeRules: FILE_TYPE_RULES }),
  }
  const hasChanged = !isDeepStrictEqual(filter, source.appliedFilter)
  if (!hasChanged && (since === null || lastMessageId > 0)) return lastMessageId

  const skipUpTo =
    since === null
      ? 0
      : await reader.lastIdBefore(telegram, channel, since.toISOString(), { signal })
  const cursor = isEarlier(filter.since, source.appliedFilter)
    ? skipUpTo
    : Math.max(lastMessageId, skipUpTo)
  if (hasChanged && source.appliedFilter !== null) await resetAllSkipped(db, run, telegram.fence)
  await writeForRun(db, run, telegram.fence, async (tx) => {
    await moveCursor(tx, run.sourceId, cursor)
    await recordFilter(tx, run.sourceId, filter)
    return {}
  })
  return cursor
}

async function resetAllSkipped(db: Db, run: RunRow, fence: OpenedSession['fence']): Promise<void> {
  const batches = { areDone: false }
  while (!batches.areDone)
    await writeForRun(db, run, fence, async (tx) => {
      batches.areDone = (await resetSkipped(tx, run.sourceId, RESET_BATCH)) < RESET_BATCH
      return {}
    })
}

/** True when `since` is before that of the filter that was applied last. */
function isEarlier(since: string | null, applied: unknown): boolean {
  if (typeof applied !== 'object' || applied === null || !('since' in applied)) return false
  const before = applied.since
  return typeof before === 'string' && (since === null || since < before)
}
