import type { Owner } from '@telegather/contracts'
import { auditEvents, ownedBy, type Db } from '@telegather/db'
import { and, desc, lt } from 'drizzle-orm'

export type AuditRow = typeof auditEvents.$inferSelect

/** Selects audit events of the owner, newest first; UUIDv7 ids sort by creation time. The operator sees all events. */
export async function selectAuditEvents(
  db: Db,
  filter: { owner: Owner; beforeId: string | undefined; limit: number },
): Promise<AuditRow[]> {
  const { owner, beforeId, limit } = filter
  return db
    .select()
    .from(auditEvents)
    .where(
      and(
        owner.kind === 'operator' ? undefined : ownedBy(auditEvents, owner),
        beforeId === undefined ? undefined : lt(auditEvents.id, beforeId),
      ),
    )
    .orderBy(desc(auditEvents.id))
    .limit(limit)
}
