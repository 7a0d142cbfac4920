import { tenantIdOf, type AuditEvent } from '@telegather/contracts'
import { ownerOf } from '@telegather/db'
import type { AuditRow } from './queries.ts'

export function presentAuditEvent(row: AuditRow): AuditEvent {
  return {
    id: row.id,
    action: row.action,
    object_id: row.objectId,
    key_id: row.keyId,
    tenant_id: tenantIdOf(ownerOf(row)),
    details: row.details,
    created_at: row.createdAt.toISOString(),
  }
}
