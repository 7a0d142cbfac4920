import { messages, stageRows, type Db, type Tx } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import type { Message } from '@telegather/telegram'
import { writeForRunIn } from '../runs/write-for-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { fileRows, messageRow, type Origin } from './message-rows.ts'
import { advanceSource, insertFiles, insertStagedMessages } from './queries.ts'
import { refreshMessages } from './refresh-messages.ts'

/**
 * Commits a page (oldest message first) in one transaction with the source's cursor and the run's counters. Throws RunLost,
 * and LeaseLost when another process has the lease of the session that read the page.
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

/** Inserts new messages and updates those stored already. Returns the number of new messages. */
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
