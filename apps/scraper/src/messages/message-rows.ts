import type { Forward as StoredForward } from '@telegather/contracts'
import type { files, messages } from '@telegather/db'
import type { Forward, Message, TlJson } from '@telegather/telegram'

export type NewMessageRow = typeof messages.$inferInsert
export type NewFileRow = typeof files.$inferInsert

/** The row of a message. */
export function messageRow(sourceId: number, message: Message): NewMessageRow {
  return {
    sourceId,
    messageId: message.id,
    kind: message.kind,
    hasFile: message.media !== null,
    date: new Date(message.date),
    editDate: message.editDate === null ? null : new Date(message.editDate),
    text: message.text,
    content: message.content,
    entities: message.entities,
    authorId: message.authorId,
    authorName: message.authorName,
    postAuthor: message.postAuthor,
    viaBot: message.viaBot,
    views: message.views,
    forwards: message.forwards,
    reactions: message.reactions,
    replyToId: message.replyToId,
    forward: message.forward && storedForward(message.forward),
    groupedId: message.groupedId,
    raw: message.raw,
  }
}

function storedForward(forward: Forward): StoredForward {
  return {
    date: forward.date,
    from_id: forward.fromId,
    from_name: forward.fromName,
    channel_post_id: forward.channelPostId,
    post_author: forward.postAuthor,
  }
}

/** The source of a message, and the session that read it. */
export interface Origin {
  readonly sourceId: number
  readonly sessionId: number
}

/** The row of a message's file; empty for a message without one. */
export function fileRows({ sourceId, sessionId }: Origin, { id, media }: Message): NewFileRow[] {
  if (media === null) return []
  const { kind, name, mimeType, size, location } = media
  const file = { kind, name, mimeType, size, location, locationSessionId: sessionId }
  return [{ sourceId, messageId: id, ...file }]
}

/** The id of a message's photo or document, also of one that cannot be stored; null for none. */
export function mediaId({ raw }: Pick<Message, 'raw'>): string | null {
  const media = fieldsOf(raw['media'])
  const file = fieldsOf(media['document'] ?? media['photo'])
  return typeof file['id'] === 'string' ? file['id'] : null
}

function fieldsOf(value: TlJson | undefined): Readonly<Record<string, TlJson>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}
