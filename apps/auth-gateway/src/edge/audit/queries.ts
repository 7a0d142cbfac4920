import type { Owner } from '@telegather/contracts'
import { auditEvents, ownedBy, type Db } from '@telegather/db'
import { and, desc, lt } from 'drizzle-orm'

export type AuditRow = typeof auditEvents.$inferSelect

/** Newest first; UUIDv7 ids sort by the time of their making. The operator sees all. */
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
