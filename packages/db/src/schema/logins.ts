import { index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { apiKeys } from './keys.ts'

/**
 * Browsers that logged in with an API key. A login has the scopes of its key and ends with it. The browser's cookie
 * contains a token, of which the SHA-256 is stored here.
 */
export const browserLogins = pgTable(
  'browser_logins',
  {
    id: uuid('id').primaryKey(),
    tokenSha256: text('token_sha256').notNull().unique('browser_logins_token_sha256_unique'),
    keyId: text('key_id')
      .notNull()
      .references(() => apiKeys.id, { onDelete: 'cascade' }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    index('browser_logins_key_id').on(table.keyId),
    index('browser_logins_expires_at').on(table.expiresAt),
  ],
)
