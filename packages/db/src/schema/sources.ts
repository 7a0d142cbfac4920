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

/** A channel to archive. Its id and access hash are looked up when it is made, or by its first run. */
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
    /** Extensions in lower case, or kinds; empty means all. */
    fileTypes: text('file_types').array().notNull().default([]),
    withMedia: boolean('with_media').notNull().default(true),
    /** Bytes. */
    maxFileSize: bigint('max_file_size', { mode: 'number' }),
    /** Messages from before are left out. */
    since: timestamp('since', { withTimezone: true }),
    /** The filter by which files are pending or skipped now; null: none yet. */
    appliedFilter: jsonb('applied_filter'),
    /** How old posts may be that are looked at again. */
    rescanDays: integer('rescan_days').notNull().default(2),
    /** Five fields of cron; null: runs only when triggered. */
    schedule: text('schedule'),
    timezone: text('timezone').notNull().default('UTC'),
    /** When the schedule makes its next run; null while paused or without one. */
    nextRunAt: timestamp('next_run_at', { withTimezone: true }),
    /** Its own bot, which reads the channel where no session does; the application is the bot's. */
    encryptedBotToken: text('encrypted_bot_token'),
    botApiId: integer('bot_api_id'),
    encryptedBotApiHash: text('encrypted_bot_api_hash'),
    channelId: bigint('channel_id', { mode: 'bigint' }),
    channelAccessHash: bigint('channel_access_hash', { mode: 'bigint' }),
    /** The session that looked the channel up: its access hash is worth nothing to another account. */
    channelSessionId: integer('channel_session_id'),
    /** Where its files lie below the target's root: named after the source once, so that a new name moves nothing. */
    folder: text('folder'),
    /** The highest message id up to which everything is stored: where the next run goes on. */
    lastMessageId: integer('last_message_id').notNull().default(0),
    totalMessages: bigint('total_messages', { mode: 'number' }).notNull().default(0),
    totalFiles: bigint('total_files', { mode: 'number' }).notNull().default(0),
    /** Messages that are missing at Telegram and not marked as deleted: too many to do so without a person's word. */
    deletionsToAccept: integer('deletions_to_accept').notNull().default(0),
    lastScrapedAt: timestamp('last_scraped_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
    /** No source any more: only its archive is left. */
    deletedAt: timestamp('deleted_at', { withTimezone: true }),
    /** Its archive is to go as well. */
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
