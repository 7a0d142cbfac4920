import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Transactional outbox: events are inserted in the transaction of the change; the relay publishes them to NATS. */
export const outbox = pgTable(
  'outbox',
  {
    id: uuid('id').primaryKey(),
    subject: text('subject').notNull(),
    payload: jsonb('payload').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** A relay has claimed the event; after this time another relay may claim it. */
    claimedUntil: timestamp('claimed_until', { withTimezone: true }),
    publishedAt: timestamp('published_at', { withTimezone: true }),
  },
  (table) => [
    index('outbox_unpublished')
      .on(table.createdAt)
      .where(sql`${table.publishedAt} is null`),
    index('outbox_published').on(table.publishedAt),
  ],
)
