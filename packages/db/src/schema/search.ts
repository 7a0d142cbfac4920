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

/** The words by which a message is found. The sources service makes them (`searchWords`) after the message was stored. */
export const messageWords = pgTable(
  'message_words',
  {
    id: bigint('id', { mode: 'number' })
      .primaryKey()
      .references(() => messages.id, { onDelete: 'cascade' }),
    /** As in `messages`: a search sorts what it finds without reading messages. */
    sourceId: integer('source_id').notNull(),
    date: timestamp('date', { withTimezone: true }).notNull(),
    words: tsvector('words').notNull(),
  },
  (table) => [index('message_words_words').using('gin', table.words)],
)

/**
 * Ranges of messages, both ends included, whose words have to be made. Triggers on `messages` add a row in the
 * transaction that stores a page or changes what messages say. A row a page costs little; making the words there would
 * double the time of a page.
 */
export const searchQueue = pgTable('search_queue', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  sourceId: integer('source_id').notNull(),
  firstMessageId: integer('first_message_id').notNull(),
  lastMessageId: integer('last_message_id').notNull(),
  /** Their `content` is made from `raw` as well: they were stored before that column was there. */
  withContent: boolean('with_content').notNull().default(false),
})
