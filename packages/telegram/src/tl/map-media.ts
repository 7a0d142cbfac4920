import type { MessageKind } from '@telegather/contracts'
import type { FileLocation, MediaFile, MediaKind } from '../message.ts'
import type { TlDocument, TlDocumentAttribute, TlMedia, TlPhoto, TlPhotoSize } from './shapes.ts'

/** What the media makes of its message, and the file in it. */
export interface MappedMedia {
  readonly kind: MessageKind
  /** Null also for a photo or document that has expired. */
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
  const [largest] = photo.sizes
    .map((size) => ({ size, bytes: bytesOf(size) }))
    .toSorted((a, b) => b.bytes - a.bytes)
  if (!largest || largest.bytes === 0) return null
  const { type, w, h } = largest.size
  return {
    kind: 'photo',
    name: null,
    size: largest.bytes,
    mimeType: 'image/jpeg',
    width: w,
    height: h,
    durationSeconds: null,
    location: locationOf('photo', photo, type),
  }
}

/** Sizes without bytes of their own (a stripped thumbnail, an outline) cannot be downloaded: 0. */
function bytesOf(size: TlPhotoSize): number {
  if (size._ === 'photoSize') return size.size ?? 0
  if (size._ === 'photoSizeProgressive') return size.sizes?.at(-1) ?? 0
  return 0
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
