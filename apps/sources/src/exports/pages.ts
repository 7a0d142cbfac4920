import type { Db } from '@telegather/db'
import { selectMessagesAfter, type ExportedMessage } from './queries.ts'

const PAGE = 200

/**
 * Reads all messages of an archive, oldest first, in pages of 200. Holds no connection and no snapshot between pages, so
 * a slow client does not block others. A message that exists during the whole export is returned exactly once.
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
