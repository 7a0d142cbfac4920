import type { ArchivedFile } from '@telegather/contracts'
import { presentMessageFile } from '../messages/present.ts'
import type { FileRow } from './queries.ts'

export function presentFile(row: FileRow): ArchivedFile {
  return {
    ...presentMessageFile(row),
    source_id: row.sourceId,
    message_id: row.messageId,
    version: row.version,
    replaced_at: row.replacedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    stored_at: row.storedAt?.toISOString() ?? null,
  }
}
