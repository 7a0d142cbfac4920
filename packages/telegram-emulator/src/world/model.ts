import type { TlObject } from '../tl/object.ts'

/**
 * A file whose bytes are a function of this description alone: nothing is stored, every range can be read at once.
 * Only what clients uploaded is kept on disk.
 */
export interface FileSpec {
  /** Telegram's document or photo id. Layout in `world/file-id.ts`: it leads back to the message that carries it. */
  readonly id: bigint
  readonly format: FileFormat
  /** Exact length in bytes. */
  readonly size: number
  readonly name: string | null
  readonly mimeType: string
  readonly width?: number
  readonly height?: number
  readonly durationSeconds?: number
  /** Of an uploaded file the hash of its bytes, lower-case hex, under which they are kept. */
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

/** What a message carries as a file; polls, places and web pages are not files. */
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

/** One message of a channel as Telegram would tell it, and the file in it. */
export interface ChannelMessage {
  /** A `message` or `messageService` of the newest layer, without fields that depend on who asks. */
  readonly tl: TlObject
  readonly media: MessageMedia | null
  /** The account that posted it, also where the message itself does not name it. */
  readonly authorId?: bigint
}

/**
 * The posts of a channel by id. Generated timelines derive each message from its id and hold nothing;
 * ids have gaps, as in reality.
 */
export interface Timeline {
  /** Number of messages, service messages included. */
  readonly count: number
  /** The highest id, 0 when empty. */
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

/** A channel as it is before anyone has done anything to it. */
export interface ChannelBlueprint {
  /** Bare id, as in `channel.id`. */
  readonly id: bigint
  readonly accessHash: bigint
  readonly title: string
  /** Public channels have one. */
  readonly username: string | null
  readonly kind: 'broadcast' | 'supergroup'
  readonly about: string
  /** How many it is said to have; those who are known are counted in any case. */
  readonly participantsCount: number
  /** Whether every account is a member until it leaves; otherwise members are those that joined. True unless said. */
  readonly isJoinedByAll?: boolean
  /** Unix seconds. */
  readonly createdAt: number
  /** Whoever posts or is forwarded here under their own name. */
  readonly people: readonly Person[]
  readonly timeline: Timeline
}
