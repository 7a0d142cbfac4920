import type { FileRow } from '../../messages/queries.ts'
import { object, objects, textOf, type Fields, type Tl } from './tl.ts'

const NOT_INCLUDED = '(File not included. Change data exporting settings to download.)'

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  video: 'video_file',
  voice: 'voice_message',
  round: 'video_message',
  audio: 'audio_file',
  gif: 'animation',
  sticker: 'sticker',
}

/** The media of a message: its file by the path on the target, or what is no file. Previews of web pages are not told. */
export function writtenMedia(media: Tl | undefined, file: FileRow | null): Fields {
  if (media === undefined) return {}
  const spoiler = media['spoiler'] === true ? { media_spoiler: true } : {}
  if (file === null) return { ...writtenOther(media), ...spoiler }
  const path = (file.state === 'stored' ? file.path : null) ?? NOT_INCLUDED
  return {
    ...(file.kind === 'photo' ? photo(media, file, path) : document(media, file, path)),
    ...spoiler,
  }
}

function photo(media: Tl, { size }: FileRow, path: string): Fields {
  return { photo: path, photo_file_size: size, ...sidesOf(object(media['photo'])) }
}

/** The photo of an action, which is not archived. */
export function writtenPhoto(tl: Tl): Fields {
  const largest = largestSize(tl)
  if (largest === undefined) return {}
  const progressive = largest['sizes']
  const size = Array.isArray(progressive) ? (progressive.at(-1) as unknown) : largest['size']
  return {
    photo: `photos/photo_${String(tl['id'])}.jpg`,
    photo_file_size: size,
    ...sidesOf(tl),
  }
}

function sidesOf(tl: Tl | undefined): Fields {
  const largest = tl && largestSize(tl)
  return largest ? { width: largest['w'], height: largest['h'] } : {}
}

function largestSize(tl: Tl): Tl | undefined {
  const sizes = objects(tl['sizes']).filter(({ w }) => typeof w === 'number')
  return sizes.toSorted((a, b) => Number(a['w']) - Number(b['w'])).at(-1)
}

function document(media: Tl, file: FileRow, path: string): Fields {
  const { name, size, kind, mimeType } = file
  const attributes = objects(object(media['document'])?.['attributes'])
  const of = (type: string) => attributes.find(({ _ }) => _ === `documentAttribute${type}`)
  const audio = of('Audio')
  const sticker = of('Sticker')
  const sides = of('Video') ?? of('ImageSize')
  const seconds = of('Video')?.['duration'] ?? audio?.['duration']
  return defined({
    file: path,
    file_name: name ?? undefined,
    file_size: size,
    media_type: MEDIA_TYPES[kind],
    sticker_emoji: sticker?.['alt'],
    performer: audio?.['performer'],
    title: audio?.['title'],
    mime_type: mimeType ?? undefined,
    duration_seconds: seconds,
    width: sides?.['w'],
    height: sides?.['h'],
  })
}

function writtenOther(media: Tl): Fields {
  switch (media._) {
    case 'messageMediaPhoto':
      return { photo: NOT_INCLUDED }
    case 'messageMediaDocument':
      return { file: NOT_INCLUDED }
    case 'messageMediaPoll':
      return { poll: writtenPoll(media) }
    case 'messageMediaContact': {
      const { first_name, last_name, phone_number } = media
      return { contact_information: { first_name, last_name, phone_number } }
    }
    case 'messageMediaGeo':
    case 'messageMediaGeoLive':
      return { location_information: placeOf(media) }
    case 'messageMediaVenue': {
      const { title, address } = media
      return { place_name: title, address, location_information: placeOf(media) }
    }
    default:
      return {}
  }
}

function placeOf(media: Tl): Fields {
  const geo = object(media['geo'])
  return { latitude: geo?.['lat'], longitude: geo?.['long'] }
}

function writtenPoll(media: Tl): Fields {
  const poll = object(media['poll'])
  const results = object(media['results'])
  const voters = objects(results?.['results'])
  return {
    question: textOf(poll?.['question']),
    closed: poll?.['closed'] === true,
    total_voters: results?.['total_voters'] ?? 0,
    answers: objects(poll?.['answers']).map(({ text, option }) => {
      const voted = voters.find((one) => one['option'] === option)
      return {
        text: textOf(text),
        voters: voted?.['voters'] ?? 0,
        chosen: voted?.['chosen'] === true,
      }
    }),
  }
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
