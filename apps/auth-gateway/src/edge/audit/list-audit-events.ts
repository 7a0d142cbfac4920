import type { Actor } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { selectAuditEvents, type AuditRow } from './queries.ts'

/** A page of audit events, newest first. `nextCursor` is null for the last page. */
export async function listAuditEvents(
  db: Db,
  actor: Actor,
  input: { cursor?: string | undefined; limit: number },
): Promise<{ rows: AuditRow[]; nextCursor: string | null }> {
  const found = await selectAuditEvents(db, {
    owner: actor.owner,
    beforeId: input.cursor,
    limit: input.limit + 1,
  })
  const rows = found.slice(0, input.limit)
  const last = rows.at(-1)
  return { rows, nextCursor: found.length > rows.length && last ? last.id : null }
}
