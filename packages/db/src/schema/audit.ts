import type { AuditAction, AuditDetails } from '@telegather/contracts'
import { index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { ownerColumns, ownerIsWhole } from './owner.ts'

/** Audit log. Rows are written in the transaction of the audited action. No foreign keys: rows outlive their objects. */
export const auditEvents = pgTable(
  'audit_events',
  {
    /** UUIDv7, which sorts by time. */
    id: uuid('id').primaryKey(),
    action: text('action').$type<AuditAction>().notNull(),
    /** Key of the caller. Null: AUTH_MODE is none, or the command line. */
    keyId: text('key_id'),
    /** Owner of the object. */
    ...ownerColumns(),
    /** Id of the object of the action; the action's prefix names its type. */
    objectId: text('object_id').notNull(),
    /** Must not contain secrets. */
    details: jsonb('details').$type<AuditDetails>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('audit_events_owner').on(table.ownerKind, table.ownerId, table.id),
    ownerIsWhole('audit_events_owner_is_whole', table),
  ],
)
