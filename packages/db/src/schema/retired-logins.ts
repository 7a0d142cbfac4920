import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/**
 * Logins that were removed from their session and cannot be imported again yet: their last lease holder may still be
 * connected, or they have to be logged out at Telegram.
 */
export const retiredLogins = pgTable('retired_logins', {
  /** As in `sessions`. */
  authKeyId: bigint('auth_key_id', { mode: 'bigint' }).primaryKey(),
  /** After this time no process is connected with the login. */
  freeAt: timestamp('free_at', { withTimezone: true }).notNull(),
  /** The login, needed to log it out; null when it stays logged in. */
  encryptedLogin: text('encrypted_login'),
})
