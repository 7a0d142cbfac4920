import type { TlObject } from '../tl/object.ts'
import { MEDIA_KINDS, type ChannelMessage, type MediaKind } from '../world/model.ts'
import type { AlbumKind, PostKind } from './archetype.ts'
import { drawFor, type ChannelContext } from './channel-context.ts'
import { composeText } from './compose-text.ts'
import { quantile, weightedAt } from './distribution.ts'
import { carriedMedia, type CarriedMedia, type MediaDetails } from './document-media.ts'
import type { FormattedText } from './formatted-text.ts'
import { generateFile } from './generated-files.ts'
import {
  addAuthor,
  addButtons,
  addEdit,
  addForward,
  addReach,
  addReply,
} from './message-circumstances.ts'
import { otherMedia, webPageMedia } from './other-media.ts'
import { displayName } from './people.ts'
import type { PostPlace } from './post-plan.ts'
import type { Random } from './random.ts'
import { serviceMessage } from './service-messages.ts'
import { drawTextLength } from './text-length.ts'

const WAVEFORM_BYTES = 63
const NO_TEXT: FormattedText = { text: '', entities: [] }
const STICKER_EMOJIS = ['👍', '😂', '🎉', '🤷', '❤️', '😴']

function isMediaKind(kind: PostKind): kind is PostKind & MediaKind {
  return MEDIA_KINDS.some((media) => media === kind)
}

function albumMember(kind: AlbumKind, member: number, size: number): MediaKind {
  if (kind !== 'photo+video') return kind
  return member === size - 1 || (member > 0 && member % 3 === 2) ? 'video' : 'photo'
}

function postKind(context: ChannelContext, place: PostPlace, member: number): PostKind {
  if (place.post === 0) return 'service'
  const share = drawFor(context, 'kind', place.post).float()
  const { singles, albums } = context.archetype
  if (place.size === 1) return weightedAt(singles, share)
  return albumMember(weightedAt(albums, share), member, place.size)
}

function postText(context: ChannelContext, place: PostPlace, kind: PostKind): FormattedText {
  const { archetype, people } = context
  const random = drawFor(context, 'text', place.post)
  const length = drawTextLength(random, archetype, context.textShares, kind)
  if (length === 0) return NO_TEXT
  return composeText(random, {
    language: archetype.language,
    length,
    entityCount: Math.round(quantile(archetype.entitiesPerPost, random.float())),
    entities: archetype.entities,
    userId: people[random.below(Math.max(1, people.length))]?.id,
  })
}

function mediaDetails(random: Random, context: ChannelContext, kind: MediaKind): MediaDetails {
  if (kind === 'voice') return { waveform: random.bytes(WAVEFORM_BYTES) }
  if (kind === 'sticker') return { emoji: random.pick(STICKER_EMOJIS) }
  if (kind !== 'audio') return {}
  const [person] = context.people
  const title = random.pick(context.lexicon.titles)
  return person === undefined ? { title } : { title, performer: displayName(person) }
}

function fileMedia(
  context: ChannelContext,
  place: PostPlace,
  messageId: number,
  kind: MediaKind,
): CarriedMedia {
  const random = drawFor(context, 'media', messageId)
  const file = generateFile(random, context, messageId, kind)
  return carriedMedia(kind, file, place.date, mediaDetails(random, context, kind))
}

/** Albums are identified by a 64-bit id that their messages share. */
function addAlbum(message: TlObject, context: ChannelContext, place: PostPlace): void {
  if (place.size === 1) return
  const id = drawFor(context, 'extras', place.post).long()
  message['grouped_id'] = id & 0x3fff_ffff_ffff_ffffn
}

/** The message with the given id, in the post at `place`. */
export function generateMessage(
  context: ChannelContext,
  place: PostPlace,
  messageId: number,
): ChannelMessage {
  const member = messageId - place.firstId
  const kind = postKind(context, place, member)
  if (kind === 'service') return serviceMessage(context, place)
  const { text, entities } = member === 0 ? postText(context, place, kind) : NO_TEXT
  const carried = isMediaKind(kind) ? fileMedia(context, place, messageId, kind) : null
  const random = drawFor(context, 'media', messageId)
  const media =
    carried?.tl ??
    (kind === 'webpage'
      ? webPageMedia(random, context, { messageId, date: place.date, text, entities })
      : otherMedia(random, context, messageId, kind))
  const tl: TlObject = {
    _: 'message',
    id: messageId,
    peer_id: { _: 'peerChannel', channel_id: context.channelId },
    date: place.date,
    message: text,
  }
  // Assigned one by one: a copy of the object per aspect would cost more than all of the draws.
  if (context.kind === 'broadcast') tl['post'] = true
  if (media !== undefined) tl['media'] = media
  if (entities.length > 0) tl['entities'] = entities
  addAuthor(tl, context, place)
  addForward(tl, context, place)
  addReply(tl, context, place)
  addButtons(tl, context, place)
  addReach(tl, context, place)
  addEdit(tl, context, place)
  addAlbum(tl, context, place)
  return { tl, media: carried?.media ?? null }
}
