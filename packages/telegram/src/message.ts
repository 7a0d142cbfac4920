import type { MediaKind, MessageContent, MessageKind } from '@telegather/contracts'
import { z } from 'zod'

/** A value of a TL object in JSON: 64-bit integers as decimal strings, bytes as base64. */
export type TlJson = string | number | boolean | null | TlJson[] | { [field: string]: TlJson }
export type TlJsonObject = Record<string, TlJson>

/** A formatted part of a text; offsets and lengths in UTF-16 code units. */
export interface TextEntity {
  /** As Telegram names it, without `messageEntity`, in snake case: `bold`, `text_url`, … */
  readonly type: string
  readonly offset: number
  readonly length: number
  /** Whatever else the entity has: `url`, `language`, `user_id`, `document_id`. */
  readonly [field: string]: TlJson
}

/** A 64-bit integer of Telegram, such as an id or an access hash, in decimal. */
export const tlLong = z.string().regex(/^-?\d{1,20}$/)

export const fileLocation = z.object({
  type: z.enum(['photo', 'document']),
  dcId: z.int(),
  id: tlLong,
  accessHash: tlLong,
  fileReference: z.base64(),
  /** The size type of a photo, empty for a document itself. */
  thumbSize: z.string(),
})
/** Where Telegram has a file (`InputFileLocation`). The file reference expires within hours. */
export interface FileLocation extends Readonly<z.output<typeof fileLocation>> {
  /** The file itself in base64, where the message carried it. Nothing is downloaded then. */
  readonly content?: string
}

/** The file of a message. */
export interface MediaFile {
  readonly kind: MediaKind
  /** As the sender named it: hostile. Null for photos and whatever was sent without one. */
  readonly name: string | null
  /** Bytes. */
  readonly size: number
  readonly mimeType: string
  readonly width: number | null
  readonly height: number | null
  readonly durationSeconds: number | null
  readonly location: FileLocation
}

/** Where a forwarded message came from. Ids are marked (`-100…` for a channel). */
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

/** One message of a channel. Dates are ISO 8601 in UTC, ids decimal strings, message ids numbers. */
export interface Message {
  readonly id: number
  readonly kind: MessageKind
  readonly date: string
  /** Null when the message was never edited, or only in ways that Telegram hides (`edit_hide`). */
  readonly editDate: string | null
  readonly text: string
  /** What it says beside its text. */
  readonly content: MessageContent | null
  readonly entities: readonly TextEntity[]
  /** Marked id of who speaks: a user, or the channel itself. */
  readonly authorId: string | null
  readonly authorName: string | null
  /** The signature under a channel post. */
  readonly postAuthor: string | null
  /** The bot by which it was written, as `@name`. Null for none, and for one that Telegram does not name. */
  readonly viaBot: string | null
  readonly views: number | null
  readonly forwards: number | null
  readonly replies: number | null
  readonly reactions: readonly Reaction[]
  readonly replyToId: number | null
  readonly forward: Forward | null
  /** The same for all messages of an album. */
  readonly groupedId: string | null
  readonly media: MediaFile | null
  /** The whole object as Telegram sent it. */
  readonly raw: TlJsonObject
}
