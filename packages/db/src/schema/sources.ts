import { ACCESS_LEVELS, ACTIVITY, TARGETS } from '@telegather/contracts'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import { ownerColumns, ownerIsWhole, ownerTenantId } from './owner.ts'
import { sessions } from './sessions.ts'
import { tenants } from './tenants.ts'

export const accessLevel = pgEnum('access_level', ACCESS_LEVELS)
export const target = pgEnum('target', TARGETS)
export const activity = pgEnum('activity', ACTIVITY)

/** Channels to archive. The channel's id and access hash are looked up at creation or by the first run. */
export const sources = pgTable(
  'sources',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    ...ownerColumns(),
    ownerTenantId: ownerTenantId().references(() => tenants.id, { onDelete: 'restrict' }),
    name: text('name').notNull(),
    identifier: text('identifier').notNull(),
    channelTitle: text('channel_title').notNull(),
    accessLevel: accessLevel('access_level').notNull(),
    target: target('target').notNull(),
    targetPath: text('target_path'),
    sessionId: integer('session_id').references(() => sessions.id, { onDelete: 'restrict' }),
    activity: activity('activity').notNull().default('active'),
    /** File extensions in lower case, or kinds of files; empty means all. */
    fileTypes: text('file_types').array().notNull().default([]),
    withMedia: boolean('with_media').notNull().default(true),
    /** Bytes. */
    maxFileSize: bigint('max_file_size', { mode: 'number' }),
    /** Earlier messages are not archived. */
    since: timestamp('since', { withTimezone: true }),
    /** The file filter that was last applied to the states `pending` and `skipped` of files; null: none yet. */
    appliedFilter: jsonb('applied_filter'),
    /** Messages that are not older than this many days are checked again for edits and deletions. */
    rescanDays: integer('rescan_days').notNull().default(2),
    /** Cron expression of five fields; null: runs only when triggered. */
    schedule: text('schedule'),
    timezone: text('timezone').notNull().default('UTC'),
    /** Time of the next scheduled run; null while paused or without a schedule. */
    nextRunAt: timestamp('next_run_at', { withTimezone: true }),
    /** Bot that reads the channel when the source has no session; `botApiId` and `encryptedBotApiHash` are its application. */
    encryptedBotToken: text('encrypted_bot_token'),
    botApiId: integer('bot_api_id'),
    encryptedBotApiHash: text('encrypted_bot_api_hash'),
    channelId: bigint('channel_id', { mode: 'bigint' }),
    channelAccessHash: bigint('channel_access_hash', { mode: 'bigint' }),
    /** The session that looked up the channel. Another account cannot use its access hash. */
    channelSessionId: integer('channel_session_id'),
    /** Folder of its files, relative to the target's root. Chosen once from the source's name; renaming the source keeps it. */
    folder: text('folder'),
    /** Cursor: all messages up to this id are stored; the next run continues after it. */
    lastMessageId: integer('last_message_id').notNull().default(0),
    totalMessages: bigint('total_messages', { mode: 'number' }).notNull().default(0),
    totalFiles: bigint('total_files', { mode: 'number' }).notNull().default(0),
    /** Number of messages that are missing at Telegram but too many to be marked as deleted before a user accepts it. */
    deletionsToAccept: integer('deletions_to_accept').notNull().default(0),
    lastScrapedAt: timestamp('last_scraped_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
    /** When the source was deleted. Its row stays while its archive exists. */
    deletedAt: timestamp('deleted_at', { withTimezone: true }),
    /** Whether the archive of the deleted source has to be deleted too. */
    purge: boolean('purge').notNull().default(false),
  },
  (table) => [
    index('sources_session_id').on(table.sessionId),
    index('sources_owner').on(table.ownerKind, table.ownerId, table.id),
    ownerIsWhole('sources_owner_is_whole', table),
    index('sources_next_run_at')
      .on(table.nextRunAt)
      .where(sql`${table.nextRunAt} is not null`),
  ],
)
