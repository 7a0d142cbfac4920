import { z } from 'zod'
import { MessageFile } from './files.ts'
import { MESSAGE_KINDS } from './lists.ts'
import { MessageContent } from './message-content.ts'
import { Instant } from './values.ts'

/** A formatted part of a text. Offset and length are in UTF-16 code units. */
const TextEntity = z.looseObject({ type: z.string(), offset: z.int(), length: z.int() })
export type TextEntity = z.infer<typeof TextEntity>

const Reaction = z.object({ reaction: z.string(), count: z.int() })
export type Reaction = z.infer<typeof Reaction>

const Forward = z.object({
  date: Instant,
  from_id: z.string().nullable().describe('Marked id'),
  from_name: z.string().nullable(),
  channel_post_id: z.int().nullable(),
  post_author: z.string().nullable(),
})
export type Forward = z.infer<typeof Forward>

const EXAMPLE = {
  id: 90_211,
  source_id: 1,
  message_id: 4711,
  kind: 'document',
  date: '2025-10-30T09:58:00.000Z',
  edit_date: null,
  text: 'Letters from the coast',
  summary: 'File',
  content: null,
  entities: [{ type: 'bold', offset: 0, length: 7 }],
  author_id: '-1001234567890',
  author_name: 'Euronews',
  post_author: null,
  via_bot: null,
  views: 15_204,
  forwards: 12,
  reactions: [{ reaction: '👍', count: 31 }],
  reply_to_id: 4700,
  forward: null,
  grouped_id: null,
  stored_at: '2025-10-30T10:00:03.000Z',
  deleted_at: null,
  files: [MessageFile.meta()?.['example']],
}

export const Message = z
  .object({
    id: z.int().describe('Id in this archive'),
    source_id: z.int(),
    message_id: z.int().describe("Telegram's id of the message, unique in its channel"),
    kind: z.enum(MESSAGE_KINDS),
    date: Instant,
    edit_date: Instant.nullable(),
    text: z.string(),
    summary: z
      .string()
      .nullable()
      .describe('One sentence about the content besides the text; null for text only'),
    content: MessageContent.nullable().describe(
      'Structured content besides the text: a poll, a contact, a location, a service action',
    ),
    entities: z
      .array(TextEntity)
      .describe('Formatted parts of the text; offset and length in UTF-16 code units'),
    author_id: z.string().nullable().describe('Marked id (`-100…` for a channel)'),
    author_name: z.string().nullable(),
    post_author: z.string().nullable().describe('Signature of a channel post'),
    via_bot: z.string().nullable().describe('The inline bot that wrote it, as `@name`'),
    views: z.int().nullable(),
    forwards: z.int().nullable(),
    reactions: z.array(Reaction),
    reply_to_id: z.int().nullable(),
    forward: Forward.nullable().describe('Origin of a forwarded message'),
    grouped_id: z.string().nullable().describe('Id of the album; all its messages share it'),
    stored_at: Instant,
    deleted_at: Instant.nullable().describe('When the deletion at Telegram was detected'),
    files: z.array(MessageFile),
  })
  .meta({ id: 'Message', example: EXAMPLE })
export type Message = z.infer<typeof Message>

const VERSION = {
  version: 1,
  kind: 'document',
  text: 'Letters form the coast',
  summary: 'File',
  content: null,
  entities: [],
  edit_date: null,
  replaced_at: '2025-10-30T10:15:02.000Z',
  files: [],
}

export const MessageVersion = z
  .object({
    version: z.int().describe('1 is the oldest version'),
    kind: z.enum(MESSAGE_KINDS),
    text: z.string(),
    summary: Message.shape.summary,
    content: Message.shape.content,
    entities: Message.shape.entities,
    edit_date: Instant.nullable().describe('Edit date of this version; null for the original post'),
    replaced_at: Instant.describe('When the next version was detected'),
    files: z.array(MessageFile),
  })
  .meta({ id: 'MessageVersion', example: VERSION })
export type MessageVersion = z.infer<typeof MessageVersion>

export const MessageInFull = z
  .object({
    ...Message.shape,
    versions: z.array(MessageVersion).describe('Versions before edits, oldest first'),
    raw: z.record(z.string(), z.unknown()).describe('The message as Telegram sent it'),
  })
  .meta({
    id: 'MessageInFull',
    example: {
      ...EXAMPLE,
      versions: [VERSION],
      raw: { _: 'message', id: 4711, message: 'Letters from the coast' },
    },
  })
export type MessageInFull = z.infer<typeof MessageInFull>

const MessagePosition = z.object({ message_id: z.int(), date: Instant })

export const ArchiveStats = z
  .object({
    source_id: z.int(),
    messages: z.int(),
    deleted_messages: z.int().describe('How many of these messages are deleted at Telegram'),
    first_message: MessagePosition.nullable(),
    last_message: MessagePosition.nullable(),
    files: z
      .object({
        stored: z.int(),
        pending: z.int(),
        failed: z.int(),
        gone: z.int(),
        skipped: z.int(),
      })
      .describe('Number of files by state'),
    bytes: z.int().describe('Total bytes of all stored files'),
    missing_messages: z
      .int()
      .describe('Number of ids between the first and the last message that are not in the archive'),
    holes: z
      .array(z.object({ first_id: z.int(), last_id: z.int() }))
      .describe('Ranges of missing ids, the 100 newest'),
  })
  .meta({
    id: 'ArchiveStats',
    example: {
      source_id: 1,
      messages: 4602,
      deleted_messages: 17,
      first_message: { message_id: 1, date: '2021-03-01T12:00:00.000Z' },
      last_message: { message_id: 4711, date: '2025-10-30T09:58:00.000Z' },
      files: { stored: 1210, pending: 3, failed: 1, gone: 2, skipped: 0 },
      bytes: 4_831_838_208,
      missing_messages: 109,
      holes: [
        { first_id: 4512, last_id: 4513 },
        { first_id: 1020, last_id: 1126 },
      ],
    },
  })
export type ArchiveStats = z.infer<typeof ArchiveStats>
