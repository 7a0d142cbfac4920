import { UNFINISHED_RUN_STATES, type RunTrigger } from '@telegather/contracts'
import { belongsTo, runs, sources, type Db, type DbOrTx, type Tx } from '@telegather/db'
import { and, desc, eq, getTableColumns, inArray, lt, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'

export type RunRow = typeof runs.$inferSelect

/** Adds a pending run, or answers null when the source has an unfinished one, or one for that instant. */
export async function insertRun(
  tx: Tx,
  run: { sourceId: number; trigger: RunTrigger; scheduledFor?: Date | null },
): Promise<RunRow | null> {
  const [row] = await tx
    .insert(runs)
    .values({ id: uuidv7(), ...run })
    .onConflictDoNothing()
    .returning()
  return row ?? null
}

export async function findUnfinishedRun(db: DbOrTx, sourceId: number): Promise<RunRow | null> {
  const [row] = await db
    .select()
    .from(runs)
    .where(and(eq(runs.sourceId, sourceId), inArray(runs.state, [...UNFINISHED_RUN_STATES])))
  return row ?? null
}

/** Its worker finds that the run is no longer its own, and stops. */
export async function cancelUnfinishedRun(tx: Tx, sourceId: number): Promise<void> {
  await tx
    .update(runs)
    .set({ state: 'CANCELLED', workerId: null, resumeAt: null, finishedAt: sql`now()` })
    .where(and(eq(runs.sourceId, sourceId), inArray(runs.state, [...UNFINISHED_RUN_STATES])))
}

export async function findRun(
  db: Db,
  tenantId: string | null,
  runId: string,
): Promise<RunRow | null> {
  const [row] = await db
    .select(getTableColumns(runs))
    .from(runs)
    .innerJoin(sources, eq(sources.id, runs.sourceId))
    .where(and(belongsTo(sources.tenantId, tenantId), eq(runs.id, runId)))
  return row ?? null
}

/** Newest first; UUIDv7 ids sort by the time of their making. */
export async function selectRuns(
  db: Db,
  filter: { sourceId: number; beforeId: string | undefined; limit: number },
): Promise<RunRow[]> {
  return db
    .select()
    .from(runs)
    .where(
      and(
        eq(runs.sourceId, filter.sourceId),
        filter.beforeId === undefined ? undefined : lt(runs.id, filter.beforeId),
      ),
    )
    .orderBy(desc(runs.id))
    .limit(filter.limit)
}
