import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/**
 * Logins that no session has any more and that nobody may bring back just yet: the owner that they had last may still
 * be connected, or they are to be signed out.
 */
export const retiredLogins = pgTable('retired_logins', {
  /** As in `sessions`. */
  authKeyId: bigint('auth_key_id', { mode: 'bigint' }).primaryKey(),
  /** From then on nobody is connected with it. */
  freeAt: timestamp('free_at', { withTimezone: true }).notNull(),
  /** What signing it out takes; null when it is left signed in. */
  encryptedLogin: text('encrypted_login'),
})
