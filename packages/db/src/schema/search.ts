import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  pgTable,
  timestamp,
} from 'drizzle-orm/pg-core'
import { tsvectorText } from '../tsvector.ts'
import { messages } from './messages.ts'

const tsvector = customType<{ data: readonly string[]; driverData: string }>({
  dataType: () => 'tsvector',
  toDriver: tsvectorText,
})

/** Search words of messages. The sources service computes them (`searchWords`) after the message was stored. */
export const messageWords = pgTable(
  'message_words',
  {
    id: bigint('id', { mode: 'number' })
      .primaryKey()
      .references(() => messages.id, { onDelete: 'cascade' }),
    /** Copies of `messages.source_id` and `messages.date`: a search sorts its hits without reading `messages`. */
    sourceId: integer('source_id').notNull(),
    date: timestamp('date', { withTimezone: true }).notNull(),
    words: tsvector('words').notNull(),
  },
  (table) => [index('message_words_words').using('gin', table.words)],
)

/**
 * Ranges of messages, both ends inclusive, whose search words have to be computed. Database triggers on `messages` add a
 * row in the transaction that stores a page or changes messages. One row per page is cheap; computing the words in that
 * transaction would double its duration.
 */
export const searchQueue = pgTable('search_queue', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  sourceId: integer('source_id').notNull(),
  firstMessageId: integer('first_message_id').notNull(),
  lastMessageId: integer('last_message_id').notNull(),
  /** Also compute `content` from `raw`, for messages that were stored before that column existed. */
  withContent: boolean('with_content').notNull().default(false),
})
