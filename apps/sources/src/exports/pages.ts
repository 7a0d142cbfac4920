import type { Db } from '@telegather/db'
import { selectMessagesAfter, type ExportedMessage } from './queries.ts'

const PAGE = 200

/**
 * All messages of an archive, a page at a time, oldest first. Between pages nothing is held in Postgres, neither a
 * connection nor a snapshot: whoever reads slowly keeps nobody else from working. Every message that is there from
 * beginning to end comes once.
 */
export async function* pagesOf(
  db: Db,
  sourceId: number,
  { withRaw = false }: { readonly withRaw?: boolean } = {},
): AsyncGenerator<readonly ExportedMessage[]> {
  let after = 0
  for (;;) {
    const page = await selectMessagesAfter(db, sourceId, after, { limit: PAGE, withRaw })
    const last = page.at(-1)
    if (!last) return
    yield page
    after = last.message.messageId
  }
}
