import type { TlObject } from '../tl/object.ts'
import type { FileSpec, MediaKind, MessageMedia } from '../world/model.ts'
import { cachedPhotoObject, documentObject, photoObject } from './media-objects.ts'

/** Attributes of a file beyond its description. */
export interface MediaDetails {
  /** Alternative text of a sticker: an emoji. */
  readonly emoji?: string
  readonly title?: string
  readonly performer?: string
  /** 100 samples of five bits each, packed into 63 bytes. */
  readonly waveform?: Buffer
  /** A photo whose bytes are inside the message. */
  readonly isCached?: boolean
}

/** A `MessageMedia` of the schema and its file. */
export interface CarriedMedia {
  readonly tl: TlObject
  readonly media: MessageMedia
}

function videoAttribute(spec: FileSpec, flags: Omit<TlObject, '_'>): TlObject {
  const { width: w = 0, height: h = 0, durationSeconds: duration = 0 } = spec
  return { _: 'documentAttributeVideo', ...flags, duration, w, h }
}

function audioAttribute(spec: FileSpec, details: MediaDetails, voice: boolean): TlObject {
  const { title, performer, waveform } = details
  return {
    _: 'documentAttributeAudio',
    ...(voice ? { voice: true } : {}),
    duration: Math.round(spec.durationSeconds ?? 0),
    ...(title === undefined ? {} : { title }),
    ...(performer === undefined ? {} : { performer }),
    ...(waveform === undefined ? {} : { waveform }),
  }
}

function imageSize({ width, height }: FileSpec): TlObject[] {
  if (width === undefined || height === undefined) return []
  return [{ _: 'documentAttributeImageSize', w: width, h: height }]
}

function attributes(kind: MediaKind, spec: FileSpec, details: MediaDetails): TlObject[] {
  switch (kind) {
    case 'video':
      return [videoAttribute(spec, { supports_streaming: true })]
    case 'round':
      return [videoAttribute(spec, { round_message: true, supports_streaming: true })]
    case 'gif':
      return [
        ...(spec.format === 'mp4' ? [videoAttribute(spec, { nosound: true })] : imageSize(spec)),
        { _: 'documentAttributeAnimated' },
      ]
    case 'voice':
      return [audioAttribute(spec, details, true)]
    case 'audio':
      return [audioAttribute(spec, details, false)]
    case 'sticker':
      return [
        ...imageSize(spec),
        {
          _: 'documentAttributeSticker',
          alt: details.emoji ?? '',
          stickerset: { _: 'inputStickerSetEmpty' },
        },
      ]
    case 'photo':
    case 'document':
    default:
      return imageSize(spec)
  }
}

/** Flags in `messageMediaDocument` that indicate the kind. */
export function carriedFlags(kind: MediaKind): Omit<TlObject, '_'> {
  return KIND_FLAGS[kind] ?? {}
}

const KIND_FLAGS: Readonly<Partial<Record<MediaKind, Omit<TlObject, '_'>>>> = {
  video: { video: true },
  round: { video: true, round: true },
  gif: { video: true },
  voice: { voice: true },
}

/** The media object for a file of this kind. `date` in Unix seconds. */
export function carriedMedia(
  kind: MediaKind,
  file: FileSpec,
  date: number,
  details: MediaDetails = {},
): CarriedMedia {
  const media = { kind, file }
  if (kind === 'photo') {
    const photo = details.isCached ? cachedPhotoObject(file, date) : photoObject(file, date)
    return { media, tl: { _: 'messageMediaPhoto', photo } }
  }
  const document = documentObject(file, date, attributes(kind, file, details))
  return { media, tl: { _: 'messageMediaDocument', ...carriedFlags(kind), document } }
}
