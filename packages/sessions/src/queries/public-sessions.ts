import { EXECUTED_RUN_STATES, type Owner } from '@telegather/contracts'
import { ownedBy, runs, sessions, type Db, type DbOrTx, type OwnedTable } from '@telegather/db'
import { and, asc, eq, exists, inArray, ne, sql, type SQL } from 'drizzle-orm'

/** A session that reads public channels for sources without a session of their own. */
export interface PublicSession {
  readonly id: number
  /** Milliseconds until the session's flood waits are over; 0 without a wait. */
  readonly waitMs: number
}

/**
 * The condition on `sessions` for sessions that read public sources without a session of their own: active sessions of
 * the source's owner with `use_for_public`. Sessions of browsers are excluded, because only the visitor uses them.
 * `source` is the owner, or a table with the owner's columns.
 */
export function readsPublicFor(source: Owner | OwnedTable): SQL | undefined {
  return and(
    'kind' in source
      ? ownedBy(sessions, source)
      : and(
          eq(sessions.ownerKind, source.ownerKind),
          sql`${sessions.ownerId} is not distinct from ${source.ownerId}`,
        ),
    ne(sessions.ownerKind, 'browser'),
    eq(sessions.state, 'active'),
    eq(sessions.useForPublic, true),
  )
}

/**
 * Selects the sessions that read public channels for sources of `owner`. Order: the shortest flood wait, then sessions
 * that execute no run, then the lowest id.
 */
export async function selectSessionsForPublic(
  db: DbOrTx,
  owner: Owner,
): Promise<readonly PublicSession[]> {
  const left = sql`extract(epoch from ${sessions.floodWaitUntil} - now()) * 1000`
  const waitMs = sql<number>`greatest(0, coalesce(${left}, 0))::float8`
  const isBusy = exists(
    db
      .select({ id: runs.id })
      .from(runs)
      .where(and(eq(runs.sessionId, sessions.id), inArray(runs.state, [...EXECUTED_RUN_STATES]))),
  )
  return db
    .select({ id: sessions.id, waitMs })
    .from(sessions)
    .where(readsPublicFor(owner))
    .orderBy(asc(waitMs), asc(isBusy), asc(sessions.id))
}

/** The id of the first session of `selectSessionsForPublic`; null when there is none. */
export async function findSessionForPublic(db: Db, owner: Owner): Promise<number | null> {
  const [first] = await selectSessionsForPublic(db, owner)
  return first?.id ?? null
}
