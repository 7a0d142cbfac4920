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
 * What is told of a channel or group only one at a time, as the session's account sees it. Rows whose `checkedAt` is
 * null wait to be asked for; what they hold meanwhile is of an earlier time.
 */
export const sessionChannels = pgTable(
  'session_channels',
  {
    sessionId: integer('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    kind: chatKind('kind').notNull(),
    /** Bare; unique among those of its kind. */
    chatId: bigint('chat_id', { mode: 'bigint' }).notNull(),
    accessHash: bigint('access_hash', { mode: 'bigint' }).notNull(),
    description: text('description'),
    participantsCount: integer('participants_count'),
    checkedAt: timestamp('checked_at', { withTimezone: true }),
    /** Null until a try to ask for its details has failed; then when the next one is due. */
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
