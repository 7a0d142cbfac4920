import type { MediaKind, MessageKind } from '@telegather/contracts'
import type { FileLocation, MediaFile } from '../message.ts'
import { largestPhotoSize } from './photo-size.ts'
import type { TlDocument, TlDocumentAttribute, TlMedia, TlPhoto } from './shapes.ts'

/** The message kind that follows from its media, and the file of the media. */
export interface MappedMedia {
  readonly kind: MessageKind
  /** Null without a file, and for an expired (self-destructed) photo or document. */
  readonly file: MediaFile | null
}

export function mapMedia(media: TlMedia | undefined): MappedMedia {
  switch (media?._) {
    case undefined:
    case 'messageMediaEmpty':
      return { kind: 'text', file: null }
    case 'messageMediaPhoto':
      return { kind: 'photo', file: mapPhoto(media.photo) }
    case 'messageMediaDocument':
      return mapDocument(media)
    case 'messageMediaGeo':
    case 'messageMediaGeoLive':
    case 'messageMediaVenue':
      return { kind: 'location', file: null }
    case 'messageMediaContact':
      return { kind: 'contact', file: null }
    case 'messageMediaPoll':
      return { kind: 'poll', file: null }
    case 'messageMediaWebPage':
      return { kind: 'webpage', file: null }
    case 'messageMediaUnsupported':
    default:
      return { kind: 'other', file: null }
  }
}

function mapPhoto(photo: TlPhoto | undefined): MediaFile | null {
  if (photo?._ !== 'photo') return null
  const largest = largestPhotoSize(photo.sizes)
  if (largest === null) return null
  const { type, width, height, size, content } = largest
  return {
    kind: 'photo',
    name: null,
    size,
    mimeType: 'image/jpeg',
    width,
    height,
    durationSeconds: null,
    location: {
      ...locationOf('photo', photo, type),
      ...(content !== null && { content }),
    },
  }
}

function mapDocument(media: Extract<TlMedia, { _: 'messageMediaDocument' }>): MappedMedia {
  const { document } = media
  if (document?._ !== 'document') {
    const kind = media.voice ? 'voice' : media.round ? 'round' : media.video ? 'video' : 'document'
    return { kind, file: null }
  }
  const attributes = new Map(document.attributes.map((attribute) => [attribute._, attribute]))
  const kind = documentKind(attributes)
  const audio = attributes.get('documentAttributeAudio')
  const video = attributes.get('documentAttributeVideo')
  const shown = video ?? attributes.get('documentAttributeImageSize')
  const file: MediaFile = {
    kind,
    name: attributes.get('documentAttributeFilename')?.file_name || null,
    size: Number(document.size),
    mimeType: document.mime_type,
    width: shown?.w ?? null,
    height: shown?.h ?? null,
    durationSeconds: (video ?? audio)?.duration ?? null,
    location: locationOf('document', document, ''),
  }
  return { kind, file }
}

function documentKind(attributes: ReadonlyMap<string, TlDocumentAttribute>): MediaKind {
  const video = attributes.get('documentAttributeVideo')
  const audio = attributes.get('documentAttributeAudio')
  const isSticker =
    attributes.has('documentAttributeSticker') || attributes.has('documentAttributeCustomEmoji')
  if (isSticker) return 'sticker'
  if (video?.round_message) return 'round'
  if (audio?.voice) return 'voice'
  if (attributes.has('documentAttributeAnimated')) return 'gif'
  if (video) return 'video'
  return audio ? 'audio' : 'document'
}

function locationOf(
  type: FileLocation['type'],
  file: TlPhoto | TlDocument,
  thumbSize: string,
): FileLocation {
  return {
    type,
    dcId: file.dc_id,
    id: file.id,
    accessHash: file.access_hash,
    fileReference: file.file_reference,
    thumbSize,
  }
}
