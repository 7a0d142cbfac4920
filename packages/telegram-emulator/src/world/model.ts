import type { TlObject } from '../tl/object.ts'

/**
 * A file whose bytes are a function of this description: nothing is stored, and any range can be read directly. Only
 * uploaded files are stored on disk.
 */
export interface FileSpec {
  /** Telegram's document or photo id. It encodes the message that holds the file; layout in `world/file-id.ts`. */
  readonly id: bigint
  readonly format: FileFormat
  /** Exact length in bytes. */
  readonly size: number
  readonly name: string | null
  readonly mimeType: string
  readonly width?: number
  readonly height?: number
  readonly durationSeconds?: number
  /** Uploaded files only: the hash of the bytes, lower-case hex, under which they are stored. */
  readonly sha256?: string
}

export const FILE_FORMATS = [
  'pdf',
  'jpeg',
  'png',
  'mp4',
  'ogg',
  'mp3',
  'webp',
  'zip',
  'binary',
] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

/** Kinds of media that contain a file. Polls, places and web pages do not. */
export const MEDIA_KINDS = [
  'photo',
  'video',
  'voice',
  'audio',
  'round',
  'gif',
  'sticker',
  'document',
] as const
export type MediaKind = (typeof MEDIA_KINDS)[number]

export interface MessageMedia {
  readonly kind: MediaKind
  readonly file: FileSpec
}

/** A message of a channel in TL form, and its file. */
export interface ChannelMessage {
  /** A `message` or `messageService` of the newest layer, without the fields that depend on the viewer. */
  readonly tl: TlObject
  readonly media: MessageMedia | null
  /** The account that posted it, even if the message itself does not name it. */
  readonly authorId?: bigint
}

/**
 * The messages of a channel or dialog by id. Generated timelines compute each message from its id and store none; ids
 * have gaps, as in real channels.
 */
export interface Timeline {
  /** Number of messages, including service messages. */
  readonly count: number
  /** The highest id, 0 if empty. */
  readonly topId: number
  get(id: number): ChannelMessage | undefined
  /** Ids in descending order, starting with the first one strictly below `beforeId`. */
  idsBelow(beforeId: number): Iterable<number>
  /** Ids in ascending order, starting with `fromId` itself if it exists. */
  idsFrom(fromId: number): Iterable<number>
}

export interface Person {
  readonly id: bigint
  readonly accessHash: bigint
  readonly firstName: string
  readonly lastName: string | null
  readonly username: string | null
  readonly isBot: boolean
}

/** The initial state of a channel. */
export interface ChannelBlueprint {
  /** Bare id, as in `channel.id`. */
  readonly id: bigint
  readonly accessHash: bigint
  readonly title: string
  /** Null for private channels. */
  readonly username: string | null
  readonly kind: 'broadcast' | 'supergroup'
  readonly about: string
  /** The displayed participant count; known participants form its lower bound. */
  readonly participantsCount: number
  /** True: each account is a member until it leaves. False: only accounts that joined. Default true. */
  readonly isJoinedByAll?: boolean
  /** Unix seconds. */
  readonly createdAt: number
  /** Authors and forward origins with names of their own. */
  readonly people: readonly Person[]
  readonly timeline: Timeline
}
