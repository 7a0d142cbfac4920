import type { AuditAction, AuditDetails } from '@telegather/contracts'
import { index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { ownerColumns, ownerIsWhole } from './owner.ts'

/** Who did what, written in the transaction that did it. Without foreign keys: it outlives what it tells of. */
export const auditEvents = pgTable(
  'audit_events',
  {
    /** UUIDv7: sorts by time. */
    id: uuid('id').primaryKey(),
    action: text('action').$type<AuditAction>().notNull(),
    /** Null: no key was asked for, or the command line. */
    keyId: text('key_id'),
    /** Whom it concerns. */
    ...ownerColumns(),
    /** Of what the action was done to; which kind, the action says. */
    objectId: text('object_id').notNull(),
    /** Nothing secret. */
    details: jsonb('details').$type<AuditDetails>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('audit_events_owner').on(table.ownerKind, table.ownerId, table.id),
    ownerIsWhole('audit_events_owner_is_whole', table),
  ],
)
