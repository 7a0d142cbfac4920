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

/** The messages of sources, by Telegram's own ids: storing a page twice changes nothing. */
export const messages = pgTable(
  'messages',
  {
    id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    sourceId: integer('source_id')
      .notNull()
      .references(() => sources.id, { onDelete: 'cascade' }),
    messageId: integer('message_id').notNull(),
    kind: messageKind('kind').notNull(),
    /** True while `files` has a row of it that no edit has replaced; written together with that row. */
    hasFile: boolean('has_file').notNull().default(false),
    date: timestamp('date', { withTimezone: true }).notNull(),
    editDate: timestamp('edit_date', { withTimezone: true }),
    text: text('text').notNull(),
    /** What it says beside its text (`contentOf`). */
    content: jsonb('content').$type<MessageContent>(),
    entities: jsonb('entities').$type<readonly TextEntity[]>().notNull(),
    authorId: text('author_id'),
    authorName: text('author_name'),
    postAuthor: text('post_author'),
    /** `@name` of the bot by which it was written. */
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
    /** Since when Telegram no longer has it; null again when it has. */
    missingAt: timestamp('missing_at', { withTimezone: true }),
    /** `missingAt`, once few enough were missing or a person has accepted so many. */
    deletedAt: timestamp('deleted_at', { withTimezone: true }),
  },
  (table) => [
    primaryKey({ name: 'messages_pkey', columns: [table.sourceId, table.messageId] }),
    unique('messages_id_unique').on(table.id),
    index('messages_source_id_date').on(table.sourceId, table.date, table.id),
    // Filters by kind, by file or by both: each kind with and without files is an ordered range of its own.
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

/** What a message said before it was edited; views, forwards and reactions make no version. */
export const messageVersions = pgTable(
  'message_versions',
  {
    sourceId: integer('source_id').notNull(),
    messageId: integer('message_id').notNull(),
    /** From 1, the oldest; the newest is the message itself. */
    version: integer('version').notNull(),
    kind: messageKind('kind').notNull(),
    text: text('text').notNull(),
    /** As in `messages`; null also in versions from before it was kept. */
    content: jsonb('content').$type<MessageContent>(),
    entities: jsonb('entities').$type<readonly TextEntity[]>().notNull(),
    /** Of this version; null for what the message was posted with. */
    editDate: timestamp('edit_date', { withTimezone: true }),
    /** Which of the message's files it had (`files.version`); null for none. */
    fileVersion: integer('file_version'),
    /** When another one was seen in its place. */
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

/** A message's file, and those that it had before. In state `stored` it lies complete under its final name. */
export const files = pgTable(
  'files',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sourceId: integer('source_id').notNull(),
    messageId: integer('message_id').notNull(),
    /** From 1; more when an edit brings another file. */
    version: integer('version').notNull().default(1),
    /** When an edit took it away; null for the message's file of now. */
    replacedAt: timestamp('replaced_at', { withTimezone: true }),
    kind: text('kind').$type<MediaKind>().notNull(),
    name: text('name'),
    mimeType: text('mime_type'),
    /** Bytes as Telegram tells them; once stored, as counted. */
    size: bigint('size', { mode: 'number' }).notNull(),
    location: jsonb('location').notNull(),
    /** The session that was told `location`, which is of no use to another account. Null: not known. */
    locationSessionId: integer('location_session_id'),
    /** When Telegram was last asked for the location anew; null: when the row was made. */
    locatedAt: timestamp('located_at', { withTimezone: true }),
    state: fileState('state').notNull().default('pending'),
    /** Where it lies, or is about to; its source may store elsewhere by now. */
    target: target('target'),
    /** Below the target's root. */
    path: text('path'),
    sha256: text('sha256'),
    attempts: integer('attempts').notNull().default(0),
    /** Why it is not stored, or what it waits for, as a sentence. */
    error: text('error'),
    /** Why a pending file is not tried before `resumeAt`; null while it does not wait. */
    waitsFor: fileWait('waits_for'),
    waitingSince: timestamp('waiting_since', { withTimezone: true }),
    resumeAt: timestamp('resume_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    storedAt: timestamp('stored_at', { withTimezone: true }),
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
    // Counts and bytes by state, without reading rows.
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
