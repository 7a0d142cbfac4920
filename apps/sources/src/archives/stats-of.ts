import type { ArchiveStats } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { countFiles, countMessages, selectHoles } from './queries.ts'

const MAX_HOLES = 100

/** Counts of a source's messages and files and its missing message ids, all from one snapshot (repeatable read). */
export async function statsOf(db: Db, sourceId: number): Promise<ArchiveStats> {
  return db.transaction(
    async (tx) => {
      const { messages, deleted, first, last } = await countMessages(tx, sourceId)
      const { states, bytes } = await countFiles(tx, sourceId)
      const missing = first && last ? last.message_id - first.message_id + 1 - messages : 0
      const holes = missing === 0 ? [] : await selectHoles(tx, sourceId, MAX_HOLES)
      return {
        source_id: sourceId,
        messages,
        deleted_messages: deleted,
        first_message: first,
        last_message: last,
        files: states,
        bytes,
        missing_messages: missing,
        holes,
      }
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}
