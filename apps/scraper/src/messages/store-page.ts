import { messages, stageRows, type Db, type Tx } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import type { Message } from '@telegather/telegram'
import { writeForRunIn } from '../runs/write-for-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { fileRows, messageRow, type Origin } from './message-rows.ts'
import { advanceSource, insertFiles, insertStagedMessages } from './queries.ts'
import { refreshMessages } from './refresh-messages.ts'

/**
 * Commits a page, oldest message first, together with how far the source and its run have come.
 * Throws RunLost, and LeaseLost when the session that told of it is no longer this process's.
 */
export async function storePage(
  db: Db,
  run: RunRow,
  page: readonly Message[],
  { sessionId, fence }: Pick<OpenedSession, 'sessionId' | 'fence'>,
): Promise<void> {
  const last = page.at(-1)
  if (!last) return
  const rows = page.map((message) => messageRow(run.sourceId, message))
  await db.transaction(async (tx) => {
    await stageRows(tx, messages, rows)
    await writeForRunIn(tx, run, fence, async () => {
      const newMessages = await storeStaged(tx, { sourceId: run.sourceId, sessionId }, page)
      await advanceSource(tx, run.sourceId, { lastMessageId: last.id, newMessages })
      return { messages: newMessages }
    })
  })
}

/** Answers how many were new; those that are stored already are brought up to date. */
async function storeStaged(tx: Tx, origin: Origin, page: readonly Message[]): Promise<number> {
  const added = await insertStagedMessages(tx)
  await insertFiles(
    tx,
    page.filter(({ id }) => added.has(id)).flatMap((message) => fileRows(origin, message)),
  )
  if (added.size < page.length)
    await refreshMessages(
      tx,
      origin,
      page.filter(({ id }) => !added.has(id)),
    )
  return added.size
}
