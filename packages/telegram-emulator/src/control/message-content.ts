import { z } from 'zod'
import { carriedMedia } from '../content/document-media.ts'
import { exportedPoll } from '../desktop/exported-media.ts'
import type { TlObject } from '../tl/object.ts'
import { now } from '../world/clock.ts'
import { MEDIA_KINDS, type ChannelMessage, type MessageMedia } from '../world/model.ts'
import type { World } from '../world/world.ts'
import { postedFile } from './posted-file.ts'
import { Problem } from './problem.ts'

const MAX_TEXT_LENGTH = 4096
const MAX_FILE_BYTES = 4 * 1024 ** 3
/** Maximum size of a photo whose bytes are inside its message. */
const MAX_CACHED_BYTES = 64 * 1024
/** The data centre of files that do not belong to a post. */
const FILE_DC = 2

/** Telegram's constructors of entities, by the type names of the Bot API. */
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

const media = z
  .strictObject({
    kind: z.enum(MEDIA_KINDS),
    /** Bytes. */
    size: z.int().min(1).max(MAX_FILE_BYTES),
    name: z.string().min(1).max(255).optional(),
    /** True: the only size of the photo is a `photoCachedSize`. */
    cached_only: z.boolean().default(false),
  })
  .refine(
    ({ kind, size, cached_only: isCached }) =>
      !isCached || (kind === 'photo' && size <= MAX_CACHED_BYTES),
    { message: 'Only a photo of at most 64 KiB is cached', path: ['cached_only'] },
  )

const poll = z.strictObject({
  question: z.string().min(1).max(300),
  answers: z
    .array(z.strictObject({ text: z.string().min(1).max(100), voters: z.int().min(0).default(0) }))
    .min(1)
    .max(12),
  total_voters: z.int().min(0).default(0),
  closed: z.boolean().default(false),
})

/** The content of a message in requests. */
export const contentFields = {
  text: z.string().max(MAX_TEXT_LENGTH).default(''),
  entities: z.array(entity).max(100).default([]),
  media: media.optional(),
  /** Alternative to a file. */
  poll: poll.optional(),
}

const content = z.strictObject(contentFields)

export type MessageContent = z.output<typeof content>

/** A `MessageMedia`, and its file; null for a poll. */
export interface MadeMedia {
  readonly tl: TlObject
  readonly media: MessageMedia | null
}

/** A generated file, or a poll, under an id chosen by the caller. Null for text only. */
export function madeUpMedia(
  content: Pick<MessageContent, 'media' | 'poll'>,
  id: bigint,
): MadeMedia | null {
  if (content.poll !== undefined) return { tl: exportedPoll(content.poll, id), media: null }
  if (content.media === undefined) return null
  const { kind, size, name = null, cached_only: isCached } = content.media
  return carriedMedia(kind, postedFile(id, { kind, size, name, isCached }), now(), { isCached })
}

/**
 * A generated file, persisted like an upload because it does not belong to a post; or a poll, which keeps the poll id
 * of `earlier`.
 */
export function keptMedia(
  { uploads }: World,
  content: Pick<MessageContent, 'media' | 'poll'>,
  earlier: ChannelMessage | null = null,
): MadeMedia | null {
  if (content.media === undefined && content.poll === undefined) return null
  const pollId = content.poll && pollIdOf(earlier)
  const made = madeUpMedia(content, pollId ?? uploads.nextFileId(FILE_DC))
  if (made?.media) uploads.keep({ tl: made.tl, media: made.media, thumb: null })
  return made
}

function pollIdOf(message: ChannelMessage | null): bigint | undefined {
  const media = message?.tl['media'] as TlObject | undefined
  return (media?.['poll'] as TlObject | undefined)?.['id'] as bigint | undefined
}

/** Converts entities to `MessageEntity`. Throws an `invalid_input` problem if one exceeds the text. */
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
