import { encodeFileId } from '../world/file-id.ts'
import type { FileSpec, MediaKind } from '../world/model.ts'
import { PHOTO_BYTES, VIDEO_BYTES, VIDEO_RATE, type DocumentFormat } from './archetype.ts'
import type { ChannelContext } from './channel-context.ts'
import { drawLogNormal, weightedAt, type LogNormal } from './distribution.ts'
import { documentName } from './document-names.ts'
import type { Random } from './random.ts'

/** Photo sizes; common ones are listed repeatedly. */
const PHOTO_SIDES = [
  [960, 1280],
  [960, 1280],
  [960, 1280],
  [960, 1280],
  [1200, 1200],
  [1280, 1280],
  [1080, 1080],
  [1280, 853],
  [1080, 810],
  [1280, 960],
  [1024, 1280],
  [1280, 720],
  [720, 960],
  [640, 480],
] as const
const VIDEO_SIDES = [
  [1280, 720],
  [720, 1280],
  [1920, 1080],
  [848, 480],
  [640, 640],
] as const
const MIB = 1024 * 1024
const ROUND_SIDE = 384
const STICKER_SIDE = 512

const DOCUMENT_TYPES: Readonly<Record<DocumentFormat, string>> = {
  pdf: 'application/pdf',
  zip: 'application/zip',
  png: 'image/png',
  jpeg: 'image/jpeg',
  binary: 'application/octet-stream',
}

function drawSize(random: Random, distribution: LogNormal, least: number, most: number): number {
  return Math.round(Math.max(least, Math.min(most, drawLogNormal(random, distribution))))
}

function secondsAt(size: number, megabitsPerSecond: number, most: number): number {
  return Math.max(1, Math.min(most, Math.round((size * 8) / (megabitsPerSecond * 1e6))))
}

function video(random: Random, id: bigint, maxBytes: number): FileSpec {
  const size = drawSize(random, VIDEO_BYTES, 262_000, Math.min(146 * MIB, maxBytes))
  const [width, height] = random.pick(VIDEO_SIDES)
  const name = random.chance(0.3) ? `VID_${20_240_000 + random.below(1231)}.mp4` : null
  const durationSeconds = secondsAt(size, drawLogNormal(random, VIDEO_RATE), 656)
  return { id, format: 'mp4', size, name, mimeType: 'video/mp4', width, height, durationSeconds }
}

function document(random: Random, id: bigint, context: ChannelContext): FileSpec {
  const { archetype, lexicon, maxFileBytes } = context
  const format = weightedAt(archetype.documents, random.float())
  const size = drawSize(random, archetype.documentBytes, 6000, maxFileBytes)
  const name = documentName(random, lexicon, format)
  const mimeType = DOCUMENT_TYPES[format]
  if (format !== 'png' && format !== 'jpeg') return { id, format, size, name, mimeType }
  const [width, height] = random.pick(PHOTO_SIDES)
  return { id, format, size: Math.max(60_000, size), name, mimeType, width, height }
}

/** The file of a message, of the kind of its post. */
export function generateFile(
  random: Random,
  context: ChannelContext,
  messageId: number,
  kind: MediaKind,
): FileSpec {
  const id = encodeFileId(context.channelId, messageId, 'media')
  switch (kind) {
    case 'photo': {
      const [width, height] = random.pick(PHOTO_SIDES)
      const size = drawSize(random, PHOTO_BYTES, 16_000, 540_000)
      return { id, format: 'jpeg', size, name: null, mimeType: 'image/jpeg', width, height }
    }
    case 'video':
      return video(random, id, context.maxFileBytes)
    case 'gif': {
      const size = drawSize(random, { median: 700_000, sigma: 0.8 }, 60_000, 8 * MIB)
      const durationSeconds = secondsAt(size, 1.2, 30)
      const sides = { width: 480, height: 270 }
      const mimeType = 'video/mp4'
      return { id, format: 'mp4', size, name: 'animation.mp4', mimeType, ...sides, durationSeconds }
    }
    case 'round': {
      const durationSeconds = 3 + random.below(57)
      const size = Math.round(durationSeconds * 120_000 * (0.8 + random.float() * 0.4))
      const sides = { width: ROUND_SIDE, height: ROUND_SIDE }
      return {
        id,
        format: 'mp4',
        size,
        name: null,
        mimeType: 'video/mp4',
        ...sides,
        durationSeconds,
      }
    }
    case 'voice': {
      const durationSeconds = drawSize(random, { median: 14, sigma: 0.9 }, 1, 600)
      const size = Math.round(1500 + durationSeconds * 3000 * (0.85 + random.float() * 0.3))
      return { id, format: 'ogg', size, name: null, mimeType: 'audio/ogg', durationSeconds }
    }
    case 'audio': {
      const durationSeconds = drawSize(random, { median: 190, sigma: 0.5 }, 20, 1200)
      const size = Math.min(context.maxFileBytes, durationSeconds * 16_000 + random.below(40_000))
      const name = documentName(random, context.lexicon, 'mp3')
      return { id, format: 'mp3', size, name, mimeType: 'audio/mpeg', durationSeconds }
    }
    case 'sticker': {
      const size = 6000 + random.below(40_000)
      const sides = { width: STICKER_SIDE, height: STICKER_SIDE }
      return { id, format: 'webp', size, name: 'sticker.webp', mimeType: 'image/webp', ...sides }
    }
    case 'document':
    default:
      return document(random, id, context)
  }
}
