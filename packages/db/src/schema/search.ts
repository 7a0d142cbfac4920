import { bigint, customType, index, integer, pgTable } from 'drizzle-orm/pg-core'
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
    words: tsvector('words').notNull(),
  },
  (table) => [index('message_words_words').using('gin', table.words)],
)

/**
 * Messages whose words are to be made, both ends included. Triggers on `messages` add a row in the transaction that
 * stores a page, or changes texts; one row a page slows it by next to nothing, where the words themselves would double
 * its time.
 */
export const searchQueue = pgTable('search_queue', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  sourceId: integer('source_id').notNull(),
  firstMessageId: integer('first_message_id').notNull(),
  lastMessageId: integer('last_message_id').notNull(),
})
