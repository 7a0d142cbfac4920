import type { LogNormal, Quantiles, Weights } from './distribution.ts'
import type { Language } from './lexicons.ts'

/** Kinds of posts other than albums. */
export type PostKind =
  | 'text'
  | 'webpage'
  | 'photo'
  | 'video'
  | 'gif'
  | 'round'
  | 'voice'
  | 'audio'
  | 'document'
  | 'sticker'
  | 'poll'
  | 'location'
  | 'contact'
  | 'unsupported'
  | 'service'

export type AlbumKind = 'photo' | 'photo+video' | 'video' | 'document'

export type EntityKind =
  | 'bold'
  | 'italic'
  | 'underline'
  | 'strike'
  | 'spoiler'
  | 'code'
  | 'pre'
  | 'blockquote'
  | 'textUrl'
  | 'mentionName'
  | 'customEmoji'
  | 'url'
  | 'mention'
  | 'hashtag'
  | 'email'
  | 'phone'
  | 'botCommand'

export type DocumentFormat = 'pdf' | 'zip' | 'png' | 'jpeg' | 'binary'

/**
 * Distributions of the posts of one kind of channel. The figures are rounded measurements of public channels; lengths
 * are in UTF-16 code units, times in seconds.
 */
export interface Archetype {
  readonly language: Language
  /** Relative frequencies of single-message posts. */
  readonly singles: Weights<PostKind>
  /** Relative frequencies of albums, on the same scale as the singles. */
  readonly albums: Weights<AlbumKind>
  readonly albumSizes: readonly number[]
  /** Text lengths of all posts; kinds without text count as empty. */
  readonly textLength: Quantiles
  readonly entitiesPerPost: Quantiles
  readonly entities: Weights<EntityKind>
  readonly gapSeconds: Quantiles
  readonly views: LogNormal
  readonly forwardsPerView: Quantiles
  /** Null for channels without reactions. */
  readonly reactionsPerView: LogNormal | null
  /** Share of posts with a visible edit date; then the share of those with `edit_hide`. */
  readonly editedVisibly: number
  readonly editedHidden: number
  readonly editDelaySeconds: Quantiles
  readonly forwarded: number
  readonly replies: number
  /** Distance in ids between a reply and the message replied to. */
  readonly replyDistance: Quantiles
  readonly buttons: number
  /** Share of posts with comments, if the channel has a discussion group. */
  readonly comments: number
  /** Share of messages that are preceded by missing ids. */
  readonly idGaps: number
  readonly documents: Weights<DocumentFormat>
  readonly documentBytes: LogNormal
}

export const PHOTO_BYTES: LogNormal = { median: 126_000, sigma: 0.53 }
export const VIDEO_BYTES: LogNormal = { median: 5_600_000, sigma: 1.14 }
/** Megabits per second. */
export const VIDEO_RATE: LogNormal = { median: 1.7, sigma: 0.85 }
export const SMALL_ALBUMS = [2, 2, 2, 3, 3, 3, 4, 4, 5]
export const MIDDLE_ALBUMS = [2, 3, 3, 4, 4, 5, 5, 6, 6, 8]
export const LARGE_ALBUMS = [2, 3, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7, 8, 8, 9, 10]
export const FULL_ALBUMS = [7, 8, 9, 9, 10, 10, 10]
export const MIXED_DOCUMENTS: Weights<DocumentFormat> = {
  pdf: 5,
  zip: 2,
  png: 2,
  jpeg: 1,
  binary: 1,
}
export const DOCUMENT_BYTES: LogNormal = { median: 700_000, sigma: 1.1 }
