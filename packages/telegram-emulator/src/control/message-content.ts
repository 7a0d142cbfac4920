import { z } from 'zod'
import { carriedMedia, type CarriedMedia } from '../content/document-media.ts'
import type { TlObject } from '../tl/object.ts'
import { now } from '../world/clock.ts'
import { MEDIA_KINDS } from '../world/model.ts'
import type { World } from '../world/world.ts'
import { postedFile } from './posted-file.ts'
import { Problem } from './problem.ts'

const MAX_TEXT_LENGTH = 4096
const MAX_FILE_BYTES = 4 * 1024 ** 3
/** Files that no post leads to live here. */
const FILE_DC = 2

/** Entity types by the names of the Bot API, and Telegram's constructors for them. */
const ENTITIES = {
  mention: 'messageEntityMention',
  hashtag: 'messageEntityHashtag',
  cashtag: 'messageEntityCashtag',
  bot_command: 'messageEntityBotCommand',
  url: 'messageEntityUrl',
  email: 'messageEntityEmail',
  phone_number: 'messageEntityPhone',
  bold: 'messageEntityBold',
  italic: 'messageEntityItalic',
  underline: 'messageEntityUnderline',
  strikethrough: 'messageEntityStrike',
  spoiler: 'messageEntitySpoiler',
  blockquote: 'messageEntityBlockquote',
  code: 'messageEntityCode',
  pre: 'messageEntityPre',
  text_link: 'messageEntityTextUrl',
} as const

const entity = z.strictObject({
  type: z.enum(Object.keys(ENTITIES) as (keyof typeof ENTITIES)[]),
  /** UTF-16 code units, as everywhere in Telegram. */
  offset: z.int().min(0),
  length: z.int().min(1),
  url: z.string().optional(),
  language: z.string().optional(),
})

const media = z.strictObject({
  kind: z.enum(MEDIA_KINDS),
  /** Bytes. */
  size: z.int().min(1).max(MAX_FILE_BYTES),
  name: z.string().min(1).max(255).optional(),
})

/** What a message says, as requests put it. */
export const contentFields = {
  text: z.string().max(MAX_TEXT_LENGTH).default(''),
  entities: z.array(entity).max(100).default([]),
  media: media.optional(),
}

const content = z.strictObject(contentFields)

export type MessageContent = z.output<typeof content>

/** The file of a message made up, under an id of the caller's choice. */
export function madeUpMedia(input: NonNullable<MessageContent['media']>, id: bigint): CarriedMedia {
  const { kind, size, name = null } = input
  return carriedMedia(kind, postedFile(id, { kind, size, name }), now())
}

/** The file of a message made up and kept like an upload, since no post leads to it. */
export function keptMedia(
  { uploads }: World,
  input: NonNullable<MessageContent['media']>,
): CarriedMedia {
  const made = madeUpMedia(input, uploads.nextFileId(FILE_DC))
  uploads.keep({ tl: made.tl, media: made.media, thumb: null })
  return made
}

/** Entities that lie within their text, as `MessageEntity` of the schema. Throws an `invalid_input` problem. */
export function entitiesOf({
  text,
  entities,
}: Pick<MessageContent, 'text' | 'entities'>): TlObject[] {
  if (entities.some(({ offset, length }) => offset + length > text.length)) {
    throw new Problem(400, 'invalid_input', 'An entity ends behind the text.')
  }
  return entities.map(({ type, offset, length, url, language }) => ({
    _: ENTITIES[type],
    offset,
    length,
    ...(type === 'text_link' && { url: url ?? '' }),
    ...(type === 'pre' && { language: language ?? '' }),
  }))
}
