import { belongsTo, sessions, sources, type Db, type DbOrTx, type Tx } from '@telegather/db'
import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'

const {
  encryptedAuth: _auth,
  encryptedApiHash: _apiHash,
  ...publicColumns
} = getTableColumns(sessions)

/** A session without what only `openSession` may read. */
export type SessionRow = Omit<typeof sessions.$inferSelect, 'encryptedAuth' | 'encryptedApiHash'>

export async function selectSessions(db: Db, tenantId: string | null): Promise<SessionRow[]> {
  return db
    .select(publicColumns)
    .from(sessions)
    .where(belongsTo(sessions.tenantId, tenantId))
    .orderBy(asc(sessions.id))
}

export async function findSession(
  db: Db,
  tenantId: string | null,
  sessionId: number,
): Promise<SessionRow | null> {
  const [row] = await db.select(publicColumns).from(sessions).where(isTheirs(tenantId, sessionId))
  return row ?? null
}

export async function updateSessionName(
  tx: Tx,
  tenantId: string | null,
  { sessionId, sessionName }: { sessionId: number; sessionName: string },
): Promise<SessionRow | null> {
  const [row] = await tx
    .update(sessions)
    .set({ sessionName, updatedAt: sql`now()` })
    .where(isTheirs(tenantId, sessionId))
    .returning(publicColumns)
  return row ?? null
}

export async function deleteSessionRow(
  tx: Tx,
  tenantId: string | null,
  sessionId: number,
): Promise<boolean> {
  const rows = await tx
    .delete(sessions)
    .where(isTheirs(tenantId, sessionId))
    .returning({ id: sessions.id })
  return rows.length > 0
}

function isTheirs(tenantId: string | null, sessionId: number) {
  return and(belongsTo(sessions.tenantId, tenantId), eq(sessions.id, sessionId))
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
