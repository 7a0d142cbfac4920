import { CHAT_KINDS } from '@telegather/contracts'
import {
  bigint,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm'
import { sessions } from './sessions.ts'

export const chatKind = pgEnum('chat_kind', CHAT_KINDS)

/**
 * Cached details of the channels and groups of a session's account, which Telegram returns for one chat per call. Rows
 * with `checkedAt` null wait for a fetch; their values are outdated until then.
 */
export const sessionChannels = pgTable(
  'session_channels',
  {
    sessionId: integer('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    kind: chatKind('kind').notNull(),
    /** Bare id, unique per `kind`. */
    chatId: bigint('chat_id', { mode: 'bigint' }).notNull(),
    accessHash: bigint('access_hash', { mode: 'bigint' }).notNull(),
    description: text('description'),
    participantsCount: integer('participants_count'),
    checkedAt: timestamp('checked_at', { withTimezone: true }),
    /** After a failed fetch, the time of the next try; otherwise null. */
    retryAt: timestamp('retry_at', { withTimezone: true }),
  },
  (table) => [
    primaryKey({
      name: 'session_channels_pkey',
      columns: [table.sessionId, table.kind, table.chatId],
    }),
    index('session_channels_unchecked')
      .on(table.sessionId)
      .where(sql`${table.checkedAt} is null`),
  ],
)
