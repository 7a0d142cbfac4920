import { index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** Counters of the library rate-limiter-flexible, which requires these column names. */
export const rateLimits = pgTable(
  'rate_limits',
  {
    key: text('key').primaryKey(),
    points: integer('points').notNull(),
    /** End of the window; then the counter restarts. */
    expire: timestamp('expire', { withTimezone: true }),
  },
  (table) => [index('rate_limits_expire').on(table.expire)],
)
