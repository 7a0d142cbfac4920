import {
  FILE_STATES,
  FILE_WAITS,
  MESSAGE_KINDS,
  type Forward,
  type MediaKind,
  type MessageContent,
  type Reaction,
  type TextEntity,
} from '@telegather/contracts'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { sources, target } from './sources.ts'

export const messageKind = pgEnum('message_kind', MESSAGE_KINDS)

/** Archived messages. Keyed by Telegram's message id, so storing a page of messages is idempotent. */
export const messages = pgTable(
  'messages',
  {
    id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    sourceId: integer('source_id')
      .notNull()
      .references(() => sources.id, { onDelete: 'cascade' }),
    messageId: integer('message_id').notNull(),
    kind: messageKind('kind').notNull(),
    /** True while the message has a row in `files` that no edit has replaced. Written with that row. */
    hasFile: boolean('has_file').notNull().default(false),
    date: timestamp('date', { withTimezone: true }).notNull(),
    editDate: timestamp('edit_date', { withTimezone: true }),
    text: text('text').notNull(),
    /** Structured content besides the text, made by `contentOf`. */
    content: jsonb('content').$type<MessageContent>(),
    entities: jsonb('entities').$type<readonly TextEntity[]>().notNull(),
    authorId: text('author_id'),
    authorName: text('author_name'),
    postAuthor: text('post_author'),
    /** `@name` of the inline bot that wrote it. */
    viaBot: text('via_bot'),
    views: integer('views'),
    forwards: integer('forwards'),
    reactions: jsonb('reactions').$type<readonly Reaction[]>().notNull(),
    replyToId: integer('reply_to_id'),
    forward: jsonb('forward').$type<Forward>(),
    groupedId: text('grouped_id'),
    /** The message as Telegram sent it. */
    raw: jsonb('raw').$type<Readonly<Record<string, unknown>>>().notNull(),
    storedAt: timestamp('stored_at', { withTimezone: true }).notNull().defaultNow(),
    /** When the message was first missing at Telegram; null again if it reappears. */
    missingAt: timestamp('missing_at', { withTimezone: true }),
    /** Set to `missingAt` when few enough messages are missing, or when a user accepts the deletions. */
    deletedAt: timestamp('deleted_at', { withTimezone: true }),
  },
  (table) => [
    primaryKey({ name: 'messages_pkey', columns: [table.sourceId, table.messageId] }),
    unique('messages_id_unique').on(table.id),
    index('messages_source_id_date').on(table.sourceId, table.date, table.id),
    // For filters by kind, by file or by both: each combination is one range, sorted by date.
    index('messages_source_id_kind').on(
      table.sourceId,
      table.kind,
      table.hasFile,
      table.date,
      table.id,
    ),
    index('messages_date').on(table.date, table.id),
    index('messages_deleted')
      .on(table.sourceId)
      .where(sql`${table.deletedAt} is not null`),
    index('messages_missing')
      .on(table.sourceId, table.messageId)
      .where(sql`${table.missingAt} is not null and ${table.deletedAt} is null`),
  ],
)

/** Versions of messages before edits. Changes of views, forwards and reactions do not add versions. */
export const messageVersions = pgTable(
  'message_versions',
  {
    sourceId: integer('source_id').notNull(),
    messageId: integer('message_id').notNull(),
    /** 1 is the oldest version. The current version is the row in `messages`. */
    version: integer('version').notNull(),
    kind: messageKind('kind').notNull(),
    text: text('text').notNull(),
    /** As in `messages`; also null in versions that are older than this column. */
    content: jsonb('content').$type<MessageContent>(),
    entities: jsonb('entities').$type<readonly TextEntity[]>().notNull(),
    /** Edit date of this version; null for the original post. */
    editDate: timestamp('edit_date', { withTimezone: true }),
    /** `files.version` of the file of this version; null: no file. */
    fileVersion: integer('file_version'),
    /** When the next version was detected. */
    replacedAt: timestamp('replaced_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({
      name: 'message_versions_pkey',
      columns: [table.sourceId, table.messageId, table.version],
    }),
    foreignKey({
      name: 'message_versions_message_fkey',
      columns: [table.sourceId, table.messageId],
      foreignColumns: [messages.sourceId, messages.messageId],
    }).onDelete('cascade'),
  ],
)

export const fileState = pgEnum('file_state', FILE_STATES)
export const fileWait = pgEnum('file_wait', FILE_WAITS)

/** The current and the replaced files of messages. A file in state `stored` is complete at `path` on `target`. */
export const files = pgTable(
  'files',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sourceId: integer('source_id').notNull(),
    messageId: integer('message_id').notNull(),
    /** 1 for the first file of a message, one more for each replacement by an edit. */
    version: integer('version').notNull().default(1),
    /** When an edit removed or replaced the file; null for the current file. */
    replacedAt: timestamp('replaced_at', { withTimezone: true }),
    kind: text('kind').$type<MediaKind>().notNull(),
    name: text('name'),
    mimeType: text('mime_type'),
    /** Bytes: the size that Telegram states, or the counted size once the file is stored. */
    size: bigint('size', { mode: 'number' }).notNull(),
    location: jsonb('location').notNull(),
    /** The session that received `location`; another account cannot use it. Null: unknown. */
    locationSessionId: integer('location_session_id'),
    /** When the location was last fetched again; null: it is from the creation of the row. */
    locatedAt: timestamp('located_at', { withTimezone: true }),
    state: fileState('state').notNull().default('pending'),
    /** Target where the file is or will be stored; the target of its source may have changed since. */
    target: target('target'),
    /** Relative to the target's root. */
    path: text('path'),
    sha256: text('sha256'),
    attempts: integer('attempts').notNull().default(0),
    /** Why the file is not stored, or what it waits for: a sentence. */
    error: text('error'),
    /** Why a pending file is not tried before `resumeAt`; null when it does not wait. */
    waitsFor: fileWait('waits_for'),
    waitingSince: timestamp('waiting_since', { withTimezone: true }),
    resumeAt: timestamp('resume_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    storedAt: timestamp('stored_at', { withTimezone: true }),
    /** When a verification last found other bytes in the stored file; its content is not shared then. */
    foundDifferentAt: timestamp('found_different_at', { withTimezone: true }),
  },
  (table) => [
    foreignKey({
      name: 'files_message_fkey',
      columns: [table.sourceId, table.messageId],
      foreignColumns: [messages.sourceId, messages.messageId],
    }).onDelete('cascade'),
    unique('files_version_unique').on(table.sourceId, table.messageId, table.version),
    uniqueIndex('files_one_current_per_message')
      .on(table.sourceId, table.messageId)
      .where(sql`${table.replacedAt} is null`),
    // Counts and bytes by state as an index-only scan.
    index('files_statistics').on(table.sourceId, table.state, table.size),
    index('files_to_store')
      .on(table.sourceId, table.messageId)
      .where(sql`${table.state} in ('pending', 'failed')`),
    index('files_waiting')
      .on(table.sourceId, table.messageId)
      .where(sql`${table.waitsFor} is not null`),
    index('files_content')
      .on(table.sha256, table.target)
      .where(sql`${table.state} = 'stored'`),
  ],
)
