import type { Actor, AuditAction, AuditDetails, Owner } from '@telegather/contracts'
import { uuidv7 } from 'uuidv7'
import type { Tx } from './connection.ts'
import { storedOwner } from './ownership.ts'
import { auditEvents } from './schema/audit.ts'

export interface AuditEntry {
  readonly action: AuditAction
  readonly objectId: string | number
  /** Owner of the object; by default, the owner for whom the actor acts. */
  readonly owner?: Owner
  /** Must not contain secrets: every reader of the audit log sees it. */
  readonly details?: AuditDetails
}

/** Adds a row to the audit log in the transaction of the audited action. */
export async function recordAudit(
  tx: Tx,
  actor: Pick<Actor, 'keyId' | 'owner'>,
  entry: AuditEntry,
): Promise<void> {
  await tx.insert(auditEvents).values({
    id: uuidv7(),
    action: entry.action,
    objectId: String(entry.objectId),
    details: entry.details ?? {},
    keyId: actor.keyId,
    ...storedOwner(entry.owner ?? actor.owner),
  })
}
