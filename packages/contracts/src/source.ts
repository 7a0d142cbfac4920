import { z } from 'zod'
import { ACCESS_LEVELS, ACTIVITY, FILE_KINDS, TARGETS } from './lists.ts'
import { ActivityInput, Instant, InstantInput, SerialId } from './values.ts'

export const Source = z
  .object({
    id: z.int(),
    name: z.string(),
    identifier: z.string(),
    channel_title: z.string(),
    access_level: z.enum(ACCESS_LEVELS),
    target: z.enum(TARGETS),
    session_ref: z.int().nullable(),
    created_at: Instant,
    session_id: z.int().nullable().describe('Same as session_ref'),
    file_types: z.array(z.string()),
    target_path: z.string().nullable(),
    schedule: z.string().nullable(),
    timezone: z.string(),
    is_active: z.enum(ACTIVITY),
    updated_at: Instant,
    next_run_at: Instant.nullable().describe('Null while the source is paused or has no schedule'),
    next_runs: z.array(Instant).describe('The next three times of the schedule'),
    last_scraped_at: Instant.nullable(),
    total_messages_scraped: z.int(),
    total_files_downloaded: z.int(),
    with_media: z.boolean(),
    max_file_size: z.int().nullable(),
    since: Instant.nullable(),
    rescan_days: z.int(),
    deletions_to_accept: z
      .int()
      .describe(
        'Number of messages that are missing at Telegram, but too many at once to be marked as deleted before accept-deletions',
      ),
    has_bot_token: z.boolean(),
  })
  .meta({
    id: 'Source',
    example: {
      id: 1,
      name: 'Euronews English',
      identifier: '@euronews_eng',
      channel_title: 'Euronews',
      access_level: 'public',
      target: 'LOCAL',
      session_ref: null,
      created_at: '2025-10-30T10:10:00.000Z',
      session_id: null,
      file_types: ['pdf', 'video'],
      target_path: '/news',
      schedule: '0 */6 * * *',
      timezone: 'Europe/Kyiv',
      is_active: 'active',
      updated_at: '2025-10-30T10:10:00.000Z',
      next_run_at: '2025-10-30T16:00:00.000Z',
      next_runs: [
        '2025-10-30T16:00:00.000Z',
        '2025-10-30T22:00:00.000Z',
        '2025-10-31T04:00:00.000Z',
      ],
      last_scraped_at: '2025-10-30T10:12:31.000Z',
      total_messages_scraped: 1200,
      total_files_downloaded: 87,
      with_media: true,
      max_file_size: null,
      since: null,
      rescan_days: 2,
      deletions_to_accept: 0,
      has_bot_token: false,
    },
  })
export type Source = z.infer<typeof Source>

/** An id as a number or, from forms, as digits. */
const LooseId = z
  .union([SerialId, z.string().regex(/^\d{1,10}$/)])
  .transform(Number)
  .pipe(SerialId)

/** A channel as users enter it: `@name`, a link, or its numeric id. */
const Identifier = z
  .union([z.string(), z.int()])
  .transform(String)
  .pipe(z.string().trim().min(1).max(256))
  .meta({
    description:
      '@name, a link (t.me, name.t.me, tg://, web.telegram.org), an invite link that the session has joined, or the numeric id, bare or marked',
    example: '@euronews_eng',
  })

const FileType = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^\.?[\p{L}\p{N}][\p{L}\p{N}_-]{0,15}$/u,
    `expected an extension such as pdf, or one of ${FILE_KINDS.join(', ')}`,
  )
  .transform((type) => type.replace(/^\./, ''))

/** Input fields of a source except its name, channel and access level. */
const settings = {
  channel_title: z.string().trim().min(1).max(256).nullish().meta({ example: 'Euronews' }),
  target: z.enum(TARGETS),
  session_ref: LooseId.nullish()
    .describe('Required for private channels; `session_id` is an alias')
    .meta({ example: 1 }),
  target_path: z
    .string()
    .max(1024)
    .nullish()
    .describe("Folder relative to the target's root; a leading / stands for the root")
    .meta({ example: '/news' }),
  file_types: z
    .array(FileType)
    .max(100)
    .nullish()
    .describe(`Extensions, or kinds: ${FILE_KINDS.join(', ')}; empty means all`)
    .meta({ example: ['pdf', 'video'] }),
  max_file_size: z
    .int()
    .min(1)
    .nullish()
    .describe('Bytes; larger files are skipped')
    .meta({ example: 52_428_800 }),
  since: InstantInput.nullish()
    .describe('Earlier messages are not archived')
    .meta({ example: '2026-01-01T00:00:00Z' }),
  with_media: z.boolean().nullish().describe('false archives text only').meta({ example: true }),
  rescan_days: z
    .int()
    .min(0)
    .max(365)
    .nullish()
    .describe(
      'Messages that are not older than this many days are checked again for edits and deletions; default 2',
    )
    .meta({ example: 2 }),
  schedule: z
    .string()
    .trim()
    .max(200)
    .nullish()
    .describe(
      'Cron expression of five fields; default SCRAPE_DEFAULT_SCHEDULE; null for no schedule',
    )
    .meta({ example: '*/15 * * * *' }),
  timezone: z
    .string()
    .max(64)
    .nullish()
    .describe('IANA name; default UTC')
    .meta({ example: 'Europe/Kyiv' }),
  is_active: ActivityInput.nullish(),
  bot_token: z
    .string()
    .trim()
    .regex(/^\d+:[\w-]{20,}$/, 'expected a token from @BotFather')
    .nullish()
    .describe(
      'Token of a bot that is in the public channel; the bot reads it when the source has no session. Stored encrypted',
    )
    .meta({ example: '6700000001:AAE-the-token-of-a-bot' }),
  api_id: z
    .union([z.int(), z.string().regex(/^\d+$/)])
    .transform(Number)
    .pipe(z.int().min(1).max(2_147_483_647))
    .nullish()
    .describe("Telegram application of the source's bot")
    .meta({ example: 12_345_678 }),
  api_hash: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .nullish()
    .describe("Telegram application of the source's bot; stored encrypted")
    .meta({ example: 'your_hash' }),
}

const Name = z.string().trim().min(1).max(200).meta({ example: 'Euronews English' })

/** Alternative field names in the API documents, mapped to the field names here. */
const CHANNEL_ALIASES = { channel_id: 'identifier', channel_username: 'identifier' }
const ALIASES = { session_id: 'session_ref', ...CHANNEL_ALIASES }

/** Accepts aliases of fields. If both names are given, the field's own name has precedence. */
function withAliases<Body extends z.ZodType>(
  body: Body,
  aliases: Readonly<Record<string, string>> = ALIASES,
) {
  return z.preprocess((input) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
    const named: Record<string, unknown> = { ...input }
    for (const [alias, name] of Object.entries(aliases)) {
      if (!(alias in named)) continue
      named[name] ??= named[alias]
      delete named[alias]
    }
    return named
  }, body)
}

const Fields = z.strictObject({
  name: Name,
  identifier: Identifier,
  access_level: z.enum(ACCESS_LEVELS),
  ...settings,
})

export const NewSource = withAliases(Fields)
export type NewSource = z.infer<typeof NewSource>

/** As in the API documents: the URL states the access level; the body may repeat it with the same value only. */
export const NewPrivateSource = withAliases(
  Fields.extend({ access_level: z.literal('private').default('private') }),
)
export const NewPublicSource = withAliases(
  Fields.extend({ access_level: z.literal('public').default('public') }),
)

/** Read-only fields of a source. Changes ignore them, so that a client can send back a source that it received. */
const READ_ONLY = new Set(
  Object.keys(Source.shape).filter((name) => !(name in Fields.shape) && !(name in ALIASES)),
)

/** Keeps both names of the session: a client that sends back a source may have changed either of them. */
const Changes = Fields.partial().extend({ session_id: settings.session_ref })

export const SourceChanges = z.preprocess(
  (input) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
    return Object.fromEntries(Object.entries(input).filter(([name]) => !READ_ONLY.has(name)))
  },
  withAliases(Changes, CHANNEL_ALIASES),
)
export type SourceChanges = z.infer<typeof SourceChanges>
