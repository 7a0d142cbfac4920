import type { Actor, AuditAction, AuditDetails, Owner } from '@telegather/contracts'
import { uuidv7 } from 'uuidv7'
import type { Tx } from './connection.ts'
import { storedOwner } from './ownership.ts'
import { auditEvents } from './schema/audit.ts'

export interface AuditEntry {
  readonly action: AuditAction
  readonly objectId: string | number
  /** Whom it concerns; default: the owner for whom the actor acts. */
  readonly owner?: Owner
  /** Nothing secret: every reader of the audit sees it. */
  readonly details?: AuditDetails
}

/** Records who did what, in the transaction that does it. */
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
