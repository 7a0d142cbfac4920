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

/** A session without what only `openSession` may read. */
export type SessionRow = Omit<typeof sessions.$inferSelect, 'encryptedAuth' | 'encryptedApiHash'>

/** Oldest first, those after `cursor`. */
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
  const [row] = await db.select(publicColumns).from(sessions).where(isTheirs(owner, sessionId))
  return row ?? null
}

/** The row, locked until the transaction ends. */
export async function lockOwnSession(
  tx: Tx,
  owner: Owner,
  sessionId: number,
): Promise<SessionRow | null> {
  const row = await lockSession(tx, isTheirs(owner, sessionId), 'update')
  if (!row) return null
  const { encryptedAuth: _ofAuth, encryptedApiHash: _ofApi, ...visible } = row
  return visible
}

/** Of a row that is locked. */
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
  if (!row) throw new Error(`session ${sessionId} is locked and not there`)
  return row
}

export async function deleteSessionRow(
  tx: Tx,
  owner: Owner,
  sessionId: number,
): Promise<typeof sessions.$inferSelect | null> {
  const [row] = await tx.delete(sessions).where(isTheirs(owner, sessionId)).returning()
  return row ?? null
}

export async function selectSessionsOfUnknownKey(
  db: Db,
): Promise<{ id: number; encryptedAuth: string }[]> {
  const { id, encryptedAuth } = sessions
  return db.select({ id, encryptedAuth }).from(sessions).where(isNull(sessions.authKeyId))
}

/** Unless another login has taken its place. */
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

function isTheirs(owner: Owner, sessionId: number) {
  return and(isListed(owner), eq(sessions.id, sessionId))
}

/** Bots are their sources' business. */
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
