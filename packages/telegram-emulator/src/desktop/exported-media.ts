import { carriedMedia, type CarriedMedia, type MediaDetails } from '../content/document-media.ts'
import { hashText, Random } from '../content/random.ts'
import type { TlObject } from '../tl/object.ts'
import { encodeFileId, type FileSlot } from '../world/file-id.ts'
import type { FileFormat, FileSpec, MediaKind } from '../world/model.ts'
import type { ExportedMessage } from './export-schema.ts'
import type { ExportedChannel } from './exported-channel.ts'

const SIZE_SUBJECT = 32
const DEFAULT_PHOTO_SIDES = { width: 1280, height: 960 }
const STICKER_SIDES = { width: 512, height: 512 }
const WAVEFORM_BYTES = 63

/** Replaces the path of a file that was not exported: "(File not included. …)" and the like. */
const PLACEHOLDER = /^\(.*\)$/s
/** Generated names of files without one: by Telegram Desktop, and by archivers that write the same format. */
const MADE_UP_NAME =
  /^(?:photo|video|audio|voice|file|animation|sticker)_\d+@\d\d-\d\d-\d{4}|^\d+_(?:photo|video|audio|voice|round|gif|sticker|document)(?:\.\w+)?$/

const MEDIA_TYPES = new Map<string, MediaKind>([
  ['video_file', 'video'],
  ['voice_message', 'voice'],
  ['video_message', 'round'],
  ['audio_file', 'audio'],
  ['animation', 'gif'],
  ['sticker', 'sticker'],
])

interface FileType {
  readonly format: FileFormat
  readonly mimeType: string
  readonly extensions: readonly string[]
}

const FILE_TYPES: readonly FileType[] = [
  { format: 'pdf', mimeType: 'application/pdf', extensions: ['pdf'] },
  { format: 'jpeg', mimeType: 'image/jpeg', extensions: ['jpg', 'jpeg'] },
  { format: 'png', mimeType: 'image/png', extensions: ['png'] },
  { format: 'mp4', mimeType: 'video/mp4', extensions: ['mp4', 'm4v'] },
  { format: 'ogg', mimeType: 'audio/ogg', extensions: ['ogg', 'oga', 'opus'] },
  { format: 'mp3', mimeType: 'audio/mpeg', extensions: ['mp3'] },
  { format: 'webp', mimeType: 'image/webp', extensions: ['webp'] },
  { format: 'zip', mimeType: 'application/zip', extensions: ['zip'] },
  { format: 'binary', mimeType: 'image/gif', extensions: ['gif'] },
  { format: 'binary', mimeType: 'video/webm', extensions: ['webm'] },
  { format: 'binary', mimeType: 'application/x-tgsticker', extensions: ['tgs'] },
]

function fileType(mimeType: string | undefined, path: string): Omit<FileType, 'extensions'> {
  if (mimeType !== undefined && mimeType !== '') {
    const format = FILE_TYPES.find((type) => type.mimeType === mimeType)?.format ?? 'binary'
    return { format, mimeType }
  }
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  const known = FILE_TYPES.find(({ extensions }) => extensions.includes(extension))
  return known ?? { format: 'binary', mimeType: 'application/octet-stream' }
}

function fileName(message: ExportedMessage, path: string): string | null {
  if (message.file_name !== undefined && message.file_name !== '') return message.file_name
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name === '' || MADE_UP_NAME.test(name) ? null : name
}

type Source = Pick<ExportedChannel, 'id' | 'files'>

/**
 * The size and hash of the file beside the export; otherwise the size stated in the message. Old exports state no
 * sizes: these files get a size derived from their id.
 */
function content(
  { files }: Source,
  { path, named, fileId }: { path: string; named: number | undefined; fileId: bigint },
): Pick<FileSpec, 'size' | 'sha256'> {
  const file = files.get(path)
  if (file !== undefined) return file
  if (named !== undefined) return { size: named }
  return { size: 20_000 + new Random(hashText(String(fileId)), SIZE_SUBJECT, 0).below(200_000) }
}

function sides({ width, height }: ExportedMessage): { width?: number; height?: number } {
  return width && height ? { width: Math.round(width), height: Math.round(height) } : {}
}

/** The photo of a message or an action; null if it was not exported. */
export function exportedPhoto(
  message: ExportedMessage,
  channel: Source,
  slot: FileSlot,
): FileSpec | null {
  const { photo, photo_file_size: named } = message
  if (photo === undefined || photo === '' || PLACEHOLDER.test(photo) || named === 0) return null
  const id = encodeFileId(channel.id, message.id, slot)
  const format = { format: 'jpeg', mimeType: 'image/jpeg' } as const
  return {
    id,
    ...format,
    ...content(channel, { path: photo, named, fileId: id }),
    name: null,
    ...DEFAULT_PHOTO_SIDES,
    ...sides(message),
  }
}

function exportedFile(message: ExportedMessage, channel: Source, kind: MediaKind): FileSpec | null {
  const { file: path = '', file_size: named } = message
  if (path === '' || PLACEHOLDER.test(path) || named === 0) return null
  const id = encodeFileId(channel.id, message.id, 'media')
  const durationSeconds = message.duration_seconds ?? message.duration
  return {
    id,
    ...fileType(message.mime_type, path),
    ...content(channel, { path, named, fileId: id }),
    name: fileName(message, path),
    ...(kind === 'sticker' ? STICKER_SIDES : {}),
    ...sides(message),
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
  }
}

function details(message: ExportedMessage, kind: MediaKind): MediaDetails {
  const { title, performer, sticker_emoji: emoji } = message
  if (kind === 'voice') {
    return { waveform: new Random(message.id, SIZE_SUBJECT, 1).bytes(WAVEFORM_BYTES) }
  }
  return {
    ...(title === undefined ? {} : { title }),
    ...(performer === undefined ? {} : { performer }),
    ...(emoji === undefined ? {} : { emoji }),
  }
}

/** A `MessageMedia` with its file; null if it has none, or if Telegram no longer has it. */
export type ExportedMedia = Omit<CarriedMedia, 'media'> & {
  readonly media: CarriedMedia['media'] | null
}

function spoilt(message: ExportedMessage, carried: CarriedMedia): ExportedMedia {
  if (message.media_spoiler !== true) return carried
  return { ...carried, tl: { ...carried.tl, spoiler: true } }
}

/** The file of a message. A file that was not exported becomes media without a file, like expired media. */
export function exportedFileMedia(
  message: ExportedMessage,
  channel: Source,
  date: number,
): ExportedMedia | undefined {
  if (message.photo !== undefined) {
    const photo = exportedPhoto(message, channel, 'media')
    if (photo === null) return { tl: { _: 'messageMediaPhoto' }, media: null }
    return spoilt(message, carriedMedia('photo', photo, date))
  }
  if (message.file === undefined && message.media_type === undefined) return undefined
  const kind = MEDIA_TYPES.get(message.media_type ?? '') ?? 'document'
  const file = exportedFile(message, channel, kind)
  if (file === null) return { tl: { _: 'messageMediaDocument' }, media: null }
  return spoilt(message, carriedMedia(kind, file, date, details(message, kind)))
}

/** Media without a file: polls, contacts, places. */
export function exportedOtherMedia(message: ExportedMessage, pollId: bigint): TlObject | undefined {
  if (message.poll !== undefined) return exportedPoll(message.poll, pollId)
  const { contact_information: contact, location_information: location } = message
  if (contact !== undefined) {
    return {
      _: 'messageMediaContact',
      phone_number: contact.phone_number ?? '',
      first_name: contact.first_name ?? '',
      last_name: contact.last_name ?? '',
      vcard: '',
      user_id: 0n,
    }
  }
  if (location === undefined) return undefined
  const { latitude: lat, longitude: long } = location
  const geo = { _: 'geoPoint', long, lat, access_hash: 0n }
  if (message.place_name === undefined) return { _: 'messageMediaGeo', geo }
  const address = message.address ?? ''
  const venue = { title: message.place_name, address, provider: '', venue_id: '', venue_type: '' }
  return { _: 'messageMediaVenue', geo, ...venue }
}

export function exportedPoll(poll: NonNullable<ExportedMessage['poll']>, id: bigint): TlObject {
  const plain = (text: string): TlObject => ({ _: 'textWithEntities', text, entities: [] })
  const options = poll.answers.map((_, index) => Buffer.from(String(index)))
  return {
    _: 'messageMediaPoll',
    poll: {
      _: 'poll',
      id,
      ...(poll.closed === true ? { closed: true } : {}),
      question: plain(poll.question),
      answers: poll.answers.map(({ text }, index) => ({
        _: 'pollAnswer',
        text: plain(text),
        option: options[index] ?? Buffer.alloc(0),
      })),
    },
    results: {
      _: 'pollResults',
      results: poll.answers.map(({ voters }, index) => ({
        _: 'pollAnswerVoters',
        option: options[index] ?? Buffer.alloc(0),
        voters: voters ?? 0,
      })),
      total_voters: poll.total_voters ?? 0,
    },
  }
}
