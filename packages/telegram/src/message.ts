import type { MediaKind, MessageContent, MessageKind } from '@telegather/contracts'
import { z } from 'zod'

/** A value of a TL object in JSON: 64-bit integers as decimal strings, bytes as base64. */
export type TlJson = string | number | boolean | null | TlJson[] | { [field: string]: TlJson }
export type TlJsonObject = Record<string, TlJson>

/** Formatting of a part of a text. Offset and length count UTF-16 code units. */
export interface TextEntity {
  /** The constructor's name without `messageEntity`, in snake case: `bold`, `text_url`, … */
  readonly type: string
  readonly offset: number
  readonly length: number
  /** Further fields of the entity: `url`, `language`, `user_id`, `document_id`. */
  readonly [field: string]: TlJson
}

/** A 64-bit integer of the TL schema, such as an id or an access hash, in decimal digits. */
export const tlLong = z.string().regex(/^-?\d{1,20}$/)

export const fileLocation = z.object({
  type: z.enum(['photo', 'document']),
  dcId: z.int(),
  id: tlLong,
  accessHash: tlLong,
  fileReference: z.base64(),
  /** Type letter of a photo size; empty for a document. */
  thumbSize: z.string(),
})
/** Location of a file at Telegram (`InputFileLocation`). Its file reference expires within hours. */
export interface FileLocation extends Readonly<z.output<typeof fileLocation>> {
  /** The file's bytes in base64 when the message contains them (`photoCachedSize`); then nothing is downloaded. */
  readonly content?: string
}

/** The file of a message. */
export interface MediaFile {
  readonly kind: MediaKind
  /** File name given by the sender: untrusted input. Null for photos and for files without a name. */
  readonly name: string | null
  /** Bytes. */
  readonly size: number
  readonly mimeType: string
  readonly width: number | null
  readonly height: number | null
  readonly durationSeconds: number | null
  readonly location: FileLocation
}

/** Origin of a forwarded message. Ids are marked (`-100…` for a channel). */
export interface Forward {
  readonly date: string
  readonly fromId: string | null
  readonly fromName: string | null
  readonly channelPostId: number | null
  readonly postAuthor: string | null
}

export interface Reaction {
  /** The emoji, a custom emoji's document id, or `paid`. */
  readonly reaction: string
  readonly count: number
}

/** One message of a channel. Dates are ISO 8601 in UTC; message ids are numbers, all other ids decimal strings. */
export interface Message {
  readonly id: number
  readonly kind: MessageKind
  readonly date: string
  /** Null when the message was never edited, or when Telegram hides the edit (`edit_hide`). */
  readonly editDate: string | null
  readonly text: string
  /** Structured content beside the text, such as a poll; null when there is none. */
  readonly content: MessageContent | null
  readonly entities: readonly TextEntity[]
  /** Marked id of the author: a user, or the channel itself. */
  readonly authorId: string | null
  readonly authorName: string | null
  /** The signature under a channel post. */
  readonly postAuthor: string | null
  /** Inline bot that created the message, as `@name`. Null without one, or when its name is not in the answer. */
  readonly viaBot: string | null
  readonly views: number | null
  readonly forwards: number | null
  readonly replies: number | null
  readonly reactions: readonly Reaction[]
  readonly replyToId: number | null
  readonly forward: Forward | null
  /** Album id, shared by all messages of an album. */
  readonly groupedId: string | null
  readonly media: MediaFile | null
  /** The TL object as received, in JSON. */
  readonly raw: TlJsonObject
}
