import { bigint, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { sessions } from './sessions.ts'

/**
 * The lease of each session: only its holder, a process, may connect the session, until `expiresAt`. The epoch increases
 * with each lease and fences writes: those with an older epoch are refused. A released lease has `expiresAt` at
 * `-infinity`, so the next holder does not have to wait.
 */
export const sessionLeases = pgTable('session_leases', {
  sessionId: integer('session_id')
    .primaryKey()
    .references(() => sessions.id, { onDelete: 'cascade' }),
  holderId: uuid('holder_id').notNull(),
  /** Service of the holder. */
  holderKind: text('holder_kind').notNull(),
  epoch: bigint('epoch', { mode: 'number' }).notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
})
