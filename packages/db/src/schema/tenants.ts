import { pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Customers of the platform. */
export const tenants = pgTable('tenants', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
})
