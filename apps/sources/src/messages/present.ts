import type { Message, MessageFile, MessageVersion } from '@telegather/contracts'
import { summaryOf } from '@telegather/telegram'
import type { ArchivedMessage, FileRow, VersionRow } from './queries.ts'

export function presentMessage({ message: row, file }: ArchivedMessage): Message {
  return {
    id: row.id,
    source_id: row.sourceId,
    message_id: row.messageId,
    kind: row.kind,
    date: row.date.toISOString(),
    edit_date: row.editDate?.toISOString() ?? null,
    text: row.text,
    summary: summaryOf(row),
    content: row.content,
    entities: [...row.entities],
    author_id: row.authorId,
    author_name: row.authorName,
    post_author: row.postAuthor,
    via_bot: row.viaBot,
    views: row.views,
    forwards: row.forwards,
    reactions: [...row.reactions],
    reply_to_id: row.replyToId,
    forward: row.forward,
    grouped_id: row.groupedId,
    stored_at: row.storedAt.toISOString(),
    deleted_at: row.deletedAt?.toISOString() ?? null,
    files: file === null ? [] : [presentMessageFile(file)],
  }
}

export function presentVersion({
  version: row,
  file,
}: {
  readonly version: VersionRow
  readonly file: FileRow | null
}): MessageVersion {
  return {
    version: row.version,
    kind: row.kind,
    text: row.text,
    summary: summaryOf(row),
    content: row.content,
    entities: [...row.entities],
    edit_date: row.editDate?.toISOString() ?? null,
    replaced_at: row.replacedAt.toISOString(),
    files: file === null ? [] : [presentMessageFile(file)],
  }
}

export function presentMessageFile(row: FileRow): MessageFile {
  const isStored = row.state === 'stored'
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    size: row.size,
    mime_type: row.mimeType,
    sha256: row.sha256,
    state: row.state,
    target: isStored ? row.target : null,
    path: isStored ? row.path : null,
    error: row.error,
  }
}
