import type { TlObject } from '../tl/object.ts'
import type { ChannelMessage, FileSpec, MediaKind } from '../world/model.ts'
import type { Fields } from './written-peers.ts'

const MEDIA_TYPES: Readonly<Partial<Record<MediaKind, string>>> = {
  video: 'video_file',
  voice: 'voice_message',
  round: 'video_message',
  audio: 'audio_file',
  gif: 'animation',
  sticker: 'sticker',
}
const FOLDERS: Readonly<Partial<Record<MediaKind, string>>> = {
  video: 'video_files',
  voice: 'voice_messages',
  round: 'round_video_messages',
  gif: 'video_files',
  sticker: 'stickers',
}
const NOT_INCLUDED = '(File not included. Change data exporting settings to download.)'

/** The media of a message; web page previews are omitted. */
export function writtenMedia({ tl, media }: ChannelMessage): Fields {
  const object = tl['media'] as TlObject | undefined
  if (object === undefined) return {}
  const spoiler = object['spoiler'] === true ? { media_spoiler: true } : {}
  if (media !== null) {
    const { kind, file } = media
    const fields = kind === 'photo' ? writtenPhoto(file) : writtenFile(kind, file, object)
    return { ...fields, ...spoiler }
  }
  return writtenOther(object)
}

/** A photo of a message or an action. */
function writtenPhoto({ id, size, width, height }: FileSpec): Fields {
  return { photo: `photos/photo_${id}.jpg`, photo_file_size: size, width, height }
}

function writtenFile(kind: MediaKind, file: FileSpec, object: TlObject): Fields {
  const { id, name, size, mimeType, width, height, durationSeconds } = file
  const type = MEDIA_TYPES[kind]
  const attributes = (object['document'] as TlObject)['attributes'] as readonly TlObject[]
  const audio = attributes.find(({ _ }) => _ === 'documentAttributeAudio')
  const sticker = attributes.find(({ _ }) => _ === 'documentAttributeSticker')
  const folder = FOLDERS[kind] ?? 'files'
  return {
    // A file without a name gets a path with a generated name in Telegram Desktop's style.
    file: `${folder}/${name === null ? `file_${id}@01-01-2024` : name.replaceAll('/', '_')}`,
    ...(name !== null && { file_name: name }),
    file_size: size,
    ...(type !== undefined && { media_type: type }),
    ...(typeof sticker?.['alt'] === 'string' && { sticker_emoji: sticker['alt'] }),
    ...(typeof audio?.['performer'] === 'string' && { performer: audio['performer'] }),
    ...(typeof audio?.['title'] === 'string' && { title: audio['title'] }),
    mime_type: mimeType,
    ...(durationSeconds !== undefined && { duration_seconds: durationSeconds }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
}

function writtenOther(object: TlObject): Fields {
  switch (object._) {
    case 'messageMediaPhoto':
      return { photo: NOT_INCLUDED }
    case 'messageMediaDocument':
      return { file: NOT_INCLUDED }
    case 'messageMediaPoll':
      return { poll: writtenPoll(object) }
    case 'messageMediaContact': {
      const { first_name, last_name, phone_number } = object
      return { contact_information: { first_name, last_name, phone_number } }
    }
    case 'messageMediaGeo':
      return { location_information: writtenPlace(object) }
    case 'messageMediaVenue': {
      const { title, address } = object
      return { place_name: title, address, location_information: writtenPlace(object) }
    }
    default:
      return {}
  }
}

function writtenPlace(object: TlObject): Fields {
  const { lat, long } = object['geo'] as TlObject
  return { latitude: lat, longitude: long }
}

function writtenPoll(object: TlObject): Fields {
  const poll = object['poll'] as TlObject
  const results = object['results'] as TlObject
  const voters = (results['results'] ?? []) as readonly TlObject[]
  return {
    question: textOf(poll['question'] as TlObject),
    closed: poll['closed'] === true,
    total_voters: results['total_voters'] ?? 0,
    answers: (poll['answers'] as readonly TlObject[]).map((answer, index) => ({
      text: textOf(answer['text'] as TlObject),
      voters: voters[index]?.['voters'] ?? 0,
      chosen: false,
    })),
  }
}

function textOf({ text }: TlObject): string {
  return text as string
}
