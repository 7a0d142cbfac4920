import type { TlObject } from '../tl/object.ts'
import type { ChannelMessage, MediaKind } from './model.ts'

/** Criteria of a search among the messages of a dialog. */
export interface MessageCriteria {
  /** Each word has to occur in the text or the file name; case is ignored. */
  readonly query: string
  /** A constructor of `MessagesFilter`. */
  readonly filter: string
  /** The `Peer` of the author; null for any. */
  readonly from: TlObject | null
  /** Exclusive lower bound of the date, Unix seconds; 0 for none. */
  readonly minDate: number
  /** Exclusive upper bound of the date, Unix seconds; 0 for none. */
  readonly maxDate: number
}

type Matches = (message: ChannelMessage) => boolean

const FILTERS: Readonly<Record<string, Matches | undefined>> = {
  inputMessagesFilterEmpty: () => true,
  inputMessagesFilterPhotos: ofKind('photo'),
  inputMessagesFilterVideo: ofKind('video'),
  inputMessagesFilterPhotoVideo: ofKind('photo', 'video'),
  inputMessagesFilterDocument: ofKind('document'),
  inputMessagesFilterUrl: hasAddress,
  inputMessagesFilterGif: ofKind('gif'),
  inputMessagesFilterVoice: ofKind('voice'),
  inputMessagesFilterMusic: ofKind('audio'),
  inputMessagesFilterChatPhotos: withAction('messageActionChatEditPhoto'),
  inputMessagesFilterPhoneCalls: withAction('messageActionPhoneCall'),
  inputMessagesFilterRoundVoice: ofKind('voice', 'round'),
  inputMessagesFilterRoundVideo: ofKind('round'),
  inputMessagesFilterMyMentions: ({ tl }) => tl['mentioned'] === true,
  inputMessagesFilterGeo: withMedia('messageMediaGeo', 'messageMediaVenue', 'messageMediaGeoLive'),
  inputMessagesFilterContacts: withMedia('messageMediaContact'),
  inputMessagesFilterPinned: ({ tl }) => tl['pinned'] === true,
}

/** Null for an unknown filter. */
export function messageMatcher(criteria: MessageCriteria): Matches | null {
  const passes = FILTERS[criteria.filter]
  if (passes === undefined) return null
  const words = folded(criteria.query)
    .split(/\s+/)
    .filter((word) => word !== '')
  return (message) => isWithin(message.tl, criteria) && passes(message) && hasWords(message, words)
}

function isWithin(tl: TlObject, { minDate, maxDate, from }: MessageCriteria): boolean {
  const date = tl['date'] as number
  if (minDate > 0 && date <= minDate) return false
  if (maxDate > 0 && date >= maxDate) return false
  return from === null || isSamePeer(authorOf(tl), from)
}

/** A message without `from_id` is by its peer: the channel, or the other side of a private chat. */
function authorOf(tl: TlObject): TlObject | undefined {
  return (tl['from_id'] ?? tl['peer_id']) as TlObject | undefined
}

function isSamePeer(left: TlObject | undefined, other: TlObject): boolean {
  return (
    left?._ === other._ &&
    left['user_id'] === other['user_id'] &&
    left['channel_id'] === other['channel_id'] &&
    left['chat_id'] === other['chat_id']
  )
}

function hasWords({ tl, media }: ChannelMessage, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const { message = '' } = tl
  const text = folded(`${message as string}\n${media?.file.name ?? ''}`)
  return words.every((word) => text.includes(word))
}

/** Removes case and the encoding of accents, for comparison. */
function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function ofKind(...kinds: readonly MediaKind[]): Matches {
  return ({ media }) => media !== null && kinds.includes(media.kind)
}

function withMedia(...names: readonly string[]): Matches {
  return ({ tl }) => names.includes((tl['media'] as TlObject | undefined)?._ ?? '')
}

function withAction(name: string): Matches {
  return ({ tl }) => (tl['action'] as TlObject | undefined)?._ === name
}

function hasAddress({ tl }: ChannelMessage): boolean {
  const entities = (tl['entities'] ?? []) as readonly TlObject[]
  return (
    entities.some(({ _ }) => _ === 'messageEntityUrl' || _ === 'messageEntityTextUrl') ||
    (tl['media'] as TlObject | undefined)?._ === 'messageMediaWebPage'
  )
}
