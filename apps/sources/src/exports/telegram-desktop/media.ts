import { largestPhotoSize, tlObject, tlObjects, tlText, type Tl } from '@telegather/telegram'
import type { FileRow } from '../../messages/queries.ts'
import type { Fields } from './tl.ts'

const NOT_INCLUDED = '(File not included. Change data exporting settings to download.)'

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  video: 'video_file',
  voice: 'voice_message',
  round: 'video_message',
  audio: 'audio_file',
  gif: 'animation',
  sticker: 'sticker',
}

/** The media fields of a message: a file with its path on the target, or other content. Web previews are left out. */
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
  return { photo: path, photo_file_size: size, ...sidesOf(tlObject(media['photo'])) }
}

/** The photo of a service action. It is not archived, so it has no path. */
export function writtenPhoto(photo: Tl | undefined): Fields {
  const largest = photo && largestPhotoSize(photo['sizes'])
  return {
    photo: NOT_INCLUDED,
    ...(largest && {
      photo_file_size: largest.size,
      width: largest.width,
      height: largest.height,
    }),
  }
}

function sidesOf(photo: Tl | undefined): Fields {
  const largest = photo && largestPhotoSize(photo['sizes'])
  return largest ? { width: largest.width, height: largest.height } : {}
}

function document(media: Tl, file: FileRow, path: string): Fields {
  const { name, size, kind, mimeType } = file
  const attributes = tlObjects(tlObject(media['document'])?.['attributes'])
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
  const geo = tlObject(media['geo'])
  return { latitude: geo?.['lat'], longitude: geo?.['long'] }
}

function writtenPoll(media: Tl): Fields {
  const poll = tlObject(media['poll'])
  const results = tlObject(media['results'])
  const voters = tlObjects(results?.['results'])
  return {
    question: tlText(poll?.['question']),
    closed: poll?.['closed'] === true,
    total_voters: results?.['total_voters'] ?? 0,
    answers: tlObjects(poll?.['answers']).map(({ text, option }) => {
      const voted = voters.find((one) => one['option'] === option)
      return {
        text: tlText(text),
        voters: voted?.['voters'] ?? 0,
        chosen: voted?.['chosen'] === true,
      }
    }),
  }
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
