import { bigint, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { sessions } from './sessions.ts'

/**
 * The lease holder of each session: the process that may connect it, until `expiresAt`. The epoch counts leases; writes
 * on behalf of an earlier one are refused. A released lease has `expiresAt` at `-infinity`: the next holder need not wait.
 */
export const sessionLeases = pgTable('session_leases', {
  sessionId: integer('session_id')
    .primaryKey()
    .references(() => sessions.id, { onDelete: 'cascade' }),
  holderId: uuid('holder_id').notNull(),
  /** Which service the holder is. */
  holderKind: text('holder_kind').notNull(),
  epoch: bigint('epoch', { mode: 'number' }).notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
})
