import {
  UNFINISHED_RUN_STATES,
  type AccessLevel,
  type Activity,
  type Owner,
  type Target,
} from '@telegather/contracts'
import {
  lockSession,
  lockSource,
  messages,
  ownedBy,
  runs,
  sessions,
  sources,
  type Db,
  type DbOrTx,
  type Tx,
} from '@telegather/db'
import { notify } from '@telegather/events'
import { and, asc, eq, gt, ilike, inArray, isNull, ne, or, sql, type SQL } from 'drizzle-orm'

export type SourceRow = typeof sources.$inferSelect

export async function insertSource(
  tx: Tx,
  values: typeof sources.$inferInsert,
): Promise<SourceRow> {
  const [row] = await tx.insert(sources).values(values).returning()
  if (!row) throw new Error('insert into sources returned no row')
  if (values.nextRunAt) await notify(tx, 'schedules')
  return row
}

export interface SourceFilter {
  readonly q?: string | undefined
  readonly access_level?: AccessLevel | undefined
  readonly target?: Target | undefined
  readonly is_active?: Activity | undefined
  readonly session_id?: number | undefined
  /** Returns only sources with a higher id. */
  readonly cursor?: number | undefined
  readonly limit: number
}

export async function selectSources(
  db: Db,
  owner: Owner,
  filter: SourceFilter,
): Promise<SourceRow[]> {
  const { q, access_level, target, is_active, session_id, cursor, limit } = filter
  const pattern = q === undefined ? undefined : `%${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  return db
    .select()
    .from(sources)
    .where(
      and(
        ownedBy(sources, owner),
        isNull(sources.deletedAt),
        pattern === undefined
          ? undefined
          : or(
              ilike(sources.name, pattern),
              ilike(sources.identifier, pattern),
              ilike(sources.channelTitle, pattern),
            ),
        access_level && eq(sources.accessLevel, access_level),
        target && eq(sources.target, target),
        is_active && eq(sources.activity, is_active),
        session_id === undefined ? undefined : eq(sources.sessionId, session_id),
        cursor === undefined ? undefined : gt(sources.id, cursor),
      ),
    )
    .orderBy(asc(sources.id))
    .limit(limit)
}

export async function findSource(
  db: DbOrTx,
  owner: Owner,
  sourceId: number,
): Promise<SourceRow | null> {
  const [row] = await db.select().from(sources).where(isSource(owner, sourceId))
  return row ?? null
}

/** Locks the owner's source until the transaction ends; null when it does not exist. */
export async function lockOwnSource(
  tx: Tx,
  owner: Owner,
  sourceId: number,
): Promise<SourceRow | null> {
  return lockSource(tx, isSource(owner, sourceId))
}

/** Throws when the source does not exist. */
export async function updateSource(
  tx: Tx,
  sourceId: number,
  values: Partial<typeof sources.$inferInsert>,
): Promise<SourceRow> {
  const [row] = await tx
    .update(sources)
    .set({ ...values, updatedAt: sql`now()` })
    .where(eq(sources.id, sourceId))
    .returning()
  if (!row) throw new Error(`source ${sourceId} is gone`)
  if (values.nextRunAt) await notify(tx, 'schedules')
  return row
}

/**
 * Marks a source as deleted and drops its session, schedule and tokens. Its archive stays readable, unless `purge` marks
 * it for deletion; `purge` also applies to a source that is deleted already. Returns the source's name; null when there
 * is none.
 */
export async function markDeleted(
  tx: Tx,
  owner: Owner,
  { sourceId, purge }: { sourceId: number; purge: boolean },
): Promise<string | null> {
  const archive = and(ownedBy(sources, owner), eq(sources.id, sourceId), eq(sources.purge, false))
  const [row] = await tx
    .update(sources)
    .set({
      deletedAt: sql`coalesce(${sources.deletedAt}, now())`,
      purge,
      sessionId: null,
      nextRunAt: null,
      encryptedBotToken: null,
      encryptedBotApiHash: null,
    })
    .where(purge ? archive : isSource(owner, sourceId))
    .returning({ name: sources.name })
  return row?.name ?? null
}

/**
 * Marks missing messages as deleted and returns their number. Messages that an unfinished run found missing are not
 * marked: `deletions_to_accept` does not include them yet.
 */
export async function markMissingDeleted(tx: Tx, sourceId: number): Promise<number> {
  const underWay = tx
    .select({ createdAt: runs.createdAt })
    .from(runs)
    .where(and(eq(runs.sourceId, sourceId), inArray(runs.state, [...UNFINISHED_RUN_STATES])))
  const { count } = await tx
    .update(messages)
    .set({ deletedAt: messages.missingAt })
    .where(
      and(
        eq(messages.sourceId, sourceId),
        isNull(messages.deletedAt),
        sql`${messages.missingAt} < coalesce((${underWay}), 'infinity')`,
      ),
    )
  return count
}

export async function sessionExists(db: Db, owner: Owner, sessionId: number): Promise<boolean> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(isSession(owner, sessionId))
  return rows.length > 0
}

/** True when the owner's session exists. A `key share` lock prevents its deletion until the transaction ends. */
export async function lockOwnSession(tx: Tx, owner: Owner, sessionId: number): Promise<boolean> {
  return (await lockSession(tx, isSession(owner, sessionId), 'key share')) !== null
}

function isSession(owner: Owner, sessionId: number): SQL | undefined {
  return and(ownedBy(sessions, owner), eq(sessions.id, sessionId), ne(sessions.origin, 'bot'))
}

function isSource(owner: Owner, sourceId: number): SQL | undefined {
  return and(ownedBy(sources, owner), eq(sources.id, sourceId), isNull(sources.deletedAt))
}
