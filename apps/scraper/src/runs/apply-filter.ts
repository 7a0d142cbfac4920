import { isDeepStrictEqual } from 'node:util'
import type { Db } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import type { ChannelRef } from '@telegather/telegram'
import { takeUpSkipped } from '../files/queries.ts'
import { moveCursor, noteFilter, type SourceRow } from './queries/source-columns.ts'
import { inRun } from './in-run.ts'
import type { Reading } from './reading.ts'
import type { RunRow } from './queries/run-state.ts'

const FILES_AT_ONCE = 10_000

/** Increased whenever extensions match other files than before, so that skipped files are checked again. */
const FILE_TYPE_RULES = 2

/**
 * Makes what is stored follow the source's filter where that was changed: skipped files are looked at anew, and where
 * `since` lies earlier than before, the history between is read. Answers after which message the history goes on: of
 * what lies before `since` nothing is read, its end is asked for. Dying anywhere, the next try does the rest.
 */
export async function applyFilter(
  db: Db,
  run: RunRow,
  { telegram, channel }: { readonly telegram: OpenedSession; readonly channel: ChannelRef },
  {
    source,
    reading,
    signal,
  }: { readonly source: SourceRow; readonly reading: Reading; readonly signal: AbortSignal },
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
      : await reading.lastIdBefore(telegram, channel, since.toISOString(), { signal })
  const cursor = isEarlier(filter.since, source.appliedFilter)
    ? skipUpTo
    : Math.max(lastMessageId, skipUpTo)
  if (hasChanged && source.appliedFilter !== null) await takeUpAll(db, run, telegram.fence)
  await inRun(db, run, telegram.fence, async (tx) => {
    await moveCursor(tx, run.sourceId, cursor)
    await noteFilter(tx, run.sourceId, filter)
    return {}
  })
  return cursor
}

async function takeUpAll(db: Db, run: RunRow, fence: OpenedSession['fence']): Promise<void> {
  const progress = { isOver: false }
  while (!progress.isOver)
    await inRun(db, run, fence, async (tx) => {
      progress.isOver = (await takeUpSkipped(tx, run.sourceId, FILES_AT_ONCE)) < FILES_AT_ONCE
      return {}
    })
}

/** Whether `since` lies before the one that was applied last. */
function isEarlier(since: string | null, applied: unknown): boolean {
  if (typeof applied !== 'object' || applied === null || !('since' in applied)) return false
  const before = applied.since
  return typeof before === 'string' && (since === null || since < before)
}
