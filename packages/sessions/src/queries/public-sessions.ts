import { EXECUTED_RUN_STATES, type Owner } from '@telegather/contracts'
import { ownedBy, runs, sessions, type Db, type DbOrTx, type OwnedTable } from '@telegather/db'
import { and, asc, eq, exists, inArray, ne, sql, type SQL } from 'drizzle-orm'

/** A session that reads public channels for sources that name none. */
export interface PublicSession {
  readonly id: number
  /** Milliseconds for which Telegram asks it to wait; 0 for none. */
  readonly waitMs: number
}

/**
 * The rule for public sources without a session of their own, as a condition on `sessions`: active sessions of the
 * source's owner with `use_for_public`, and never a browser's, whose account only its visitor uses. `source` is the
 * owner, or the table whose row has the owner.
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
 * The sessions that read public channels for sources of `owner`. Those that can read first come first: without a wait,
 * without a run, oldest.
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

/** The first of `selectSessionsForPublic`; null for none. */
export async function findSessionForPublic(db: Db, owner: Owner): Promise<number | null> {
  const [first] = await selectSessionsForPublic(db, owner)
  return first?.id ?? null
}
