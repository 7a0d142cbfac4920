import type { Owner } from '@telegather/contracts'
import {
  lockSession,
  ownedBy,
  sessions,
  sources,
  type Db,
  type DbOrTx,
  type Tx,
} from '@telegather/db'
import { and, asc, eq, getTableColumns, gt, isNull, ne, sql } from 'drizzle-orm'

const {
  encryptedAuth: _auth,
  encryptedApiHash: _apiHash,
  ...publicColumns
} = getTableColumns(sessions)

/** A session without its secrets. */
export type SessionRow = Omit<typeof sessions.$inferSelect, 'encryptedAuth' | 'encryptedApiHash'>

/** Selects sessions of the owner, oldest first, after the id `cursor`. */
export async function selectSessions(
  db: Db,
  owner: Owner,
  { cursor, limit }: { readonly cursor: number | undefined; readonly limit: number },
): Promise<SessionRow[]> {
  return db
    .select(publicColumns)
    .from(sessions)
    .where(and(isListed(owner), cursor === undefined ? undefined : gt(sessions.id, cursor)))
    .orderBy(asc(sessions.id))
    .limit(limit)
}

export async function findSession(
  db: Db,
  owner: Owner,
  sessionId: number,
): Promise<SessionRow | null> {
  const [row] = await db.select(publicColumns).from(sessions).where(isOwnSession(owner, sessionId))
  return row ?? null
}

/** Locks a session of the owner and returns it; null when the owner has no such session. */
export async function lockOwnSession(
  tx: Tx,
  owner: Owner,
  sessionId: number,
): Promise<SessionRow | null> {
  const row = await lockSession(tx, isOwnSession(owner, sessionId), 'update')
  if (!row) return null
  const { encryptedAuth: _ofAuth, encryptedApiHash: _ofApi, ...visible } = row
  return visible
}

/** Updates a session that `tx` has locked. */
export async function updateSessionRow(
  tx: Tx,
  sessionId: number,
  values: {
    sessionName: string | undefined
    state: SessionRow['state']
    useForPublic: boolean | undefined
  },
): Promise<SessionRow> {
  const [row] = await tx
    .update(sessions)
    .set({ ...values, updatedAt: sql`now()` })
    .where(eq(sessions.id, sessionId))
    .returning(publicColumns)
  if (!row) throw new Error(`update of the locked session ${sessionId} returned no row`)
  return row
}

export async function deleteSessionRow(
  tx: Tx,
  owner: Owner,
  sessionId: number,
): Promise<typeof sessions.$inferSelect | null> {
  const [row] = await tx.delete(sessions).where(isOwnSession(owner, sessionId)).returning()
  return row ?? null
}

export async function selectSessionsOfUnknownKey(
  db: Db,
): Promise<{ id: number; encryptedAuth: string }[]> {
  const { id, encryptedAuth } = sessions
  return db.select({ id, encryptedAuth }).from(sessions).where(isNull(sessions.authKeyId))
}

/** Sets the session's `auth_key_id`, unless its login has been replaced since. */
export async function setAuthKeyId(
  db: Db,
  sessionId: number,
  { encryptedAuth, authKeyId }: { encryptedAuth: string; authKeyId: bigint },
): Promise<void> {
  await db
    .update(sessions)
    .set({ authKeyId })
    .where(and(eq(sessions.id, sessionId), eq(sessions.encryptedAuth, encryptedAuth)))
}

function isOwnSession(owner: Owner, sessionId: number) {
  return and(isListed(owner), eq(sessions.id, sessionId))
}

/** The condition for sessions that the API shows: sessions of bots are managed through their sources. */
function isListed(owner: Owner) {
  return and(ownedBy(sessions, owner), ne(sessions.origin, 'bot'))
}

export async function selectSourcesUsing(
  db: DbOrTx,
  sessionId: number,
): Promise<{ id: number; name: string }[]> {
  return db
    .select({ id: sources.id, name: sources.name })
    .from(sources)
    .where(eq(sources.sessionId, sessionId))
    .orderBy(asc(sources.id))
}

export async function detachSources(tx: Tx, sessionId: number): Promise<void> {
  await tx
    .update(sources)
    .set({ sessionId: null, updatedAt: sql`now()` })
    .where(eq(sources.sessionId, sessionId))
}
