import { z } from 'zod'

/** Telegram files have at most 4 GiB. */
const MAX_FILE_BYTES = 4 * 1024 ** 3
const MAX_DATE = 0x7fff_ffff
const MAX_SIDE = 1_000_000
const MAX_SECONDS = 10_000_000

/**
 * Optional fields differ between versions of Telegram Desktop, so an optional field with an unexpected type counts as
 * absent. Ids, dates and sizes have to be valid.
 */
function lenient<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().catch(undefined)
}

const string = () => lenient(z.string())
const nullableString = () => lenient(z.string().nullable())
const flag = () => lenient(z.boolean())
const count = (most: number) => lenient(z.number().min(0).max(most))

/** Ids are numbers or, beyond 2^53, digits in a string. */
const id = z
  .union([z.int(), z.string().regex(/^\d{1,19}$/)])
  .transform(BigInt)
  .refine((value) => value > 0n && value < 1n << 40n)

const unixtime = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(Number),
  ])
  .refine((value) => value >= 0 && value <= MAX_DATE)
  .optional()
const localDate = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/)
  .optional()
const bytes = z.int().min(0).max(MAX_FILE_BYTES).optional()

const textPart = z.object({
  type: z.string(),
  text: z.string(),
  href: string(),
  user_id: lenient(z.union([z.int(), z.string()])),
  language: string(),
  document_id: string(),
  collapsed: flag(),
})
export type TextPart = z.infer<typeof textPart>

const text = z.union([z.string(), z.array(z.union([z.string(), textPart]))])

const poll = z.object({
  question: z.string(),
  closed: flag(),
  total_voters: count(MAX_DATE),
  answers: z.array(z.object({ text: z.string(), voters: count(MAX_DATE), chosen: flag() })).max(32),
})

const reaction = z.object({
  type: z.string(),
  count: z.int().min(0).max(MAX_DATE),
  emoji: string(),
  document_id: string(),
})

const button = z.object({ type: z.string(), text: string(), data: string(), dataBase64: string() })

export const exportedMessage = z.object({
  id: z.int().min(-MAX_DATE).max(MAX_DATE),
  type: z.string(),
  date: localDate,
  date_unixtime: unixtime,
  edited: localDate,
  edited_unixtime: unixtime,
  from: nullableString(),
  from_id: lenient(z.union([z.string(), z.int()])),
  author: string(),
  actor: nullableString(),
  actor_id: lenient(z.union([z.string(), z.int()])),
  action: string(),
  information_text: string(),
  title: string(),
  members: lenient(z.array(z.string().nullable())),
  inviter: nullableString(),
  message_id: lenient(z.int().min(1).max(MAX_DATE)),
  forwarded_from: nullableString(),
  forwarded_from_id: string(),
  via_bot: string(),
  reply_to_message_id: lenient(z.int().min(1).max(MAX_DATE)),
  reply_to_peer_id: string(),
  text: text.optional(),
  text_entities: z.array(textPart).optional().catch(undefined),
  photo: string(),
  photo_file_size: bytes,
  file: string(),
  file_name: string(),
  file_size: bytes,
  media_type: string(),
  mime_type: string(),
  media_spoiler: flag(),
  width: count(MAX_SIDE),
  height: count(MAX_SIDE),
  duration_seconds: count(MAX_SECONDS),
  duration: count(MAX_SECONDS),
  performer: string(),
  sticker_emoji: string(),
  poll: lenient(poll),
  contact_information: lenient(
    z.object({ first_name: string(), last_name: string(), phone_number: string() }),
  ),
  location_information: lenient(
    z.object({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) }),
  ),
  place_name: string(),
  address: string(),
  reactions: lenient(z.array(reaction)),
  inline_bot_buttons: lenient(z.array(z.array(button))),
})
export type ExportedMessage = z.infer<typeof exportedMessage>

export const exportedChat = z.object({
  name: nullableString(),
  type: z.string(),
  id,
  messages: z.array(z.unknown()).max(5_000_000),
})

/** A full export; only its chats are read. */
export const fullExport = z.object({ chats: z.object({ list: z.array(z.unknown()).max(100_000) }) })
