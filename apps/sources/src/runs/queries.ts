import {
  EXECUTED_RUN_STATES,
  UNFINISHED_RUN_STATES,
  type RunState,
  type RunTrigger,
} from '@telegather/contracts'
import {
  belongsTo,
  lockRun,
  runLogs,
  runs,
  sources,
  type Db,
  type DbOrTx,
  type Tx,
} from '@telegather/db'
import { and, asc, desc, eq, getTableColumns, gt, inArray, lt, or, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'

export type RunRow = typeof runs.$inferSelect
export type RunLogRow = typeof runLogs.$inferSelect

export interface NewRun {
  readonly sourceId: number
  readonly trigger: RunTrigger
  readonly scheduledFor?: Date | null
}

/** Adds a pending run, or answers null when the source has an unfinished one, or one for that instant. */
export async function insertRun(tx: Tx, run: NewRun): Promise<RunRow | null> {
  const [row] = await insertRuns(tx, [run])
  return row ?? null
}

/** `insertRun` of several sources; answers the runs that were added. */
export async function insertRuns(tx: Tx, added: readonly NewRun[]): Promise<RunRow[]> {
  return tx
    .insert(runs)
    .values(added.map((run) => ({ id: uuidv7(), ...run })))
    .onConflictDoNothing()
    .returning()
}

export async function findUnfinishedRun(db: DbOrTx, sourceId: number): Promise<RunRow | null> {
  const [row] = await db
    .select()
    .from(runs)
    .where(and(eq(runs.sourceId, sourceId), inArray(runs.state, [...UNFINISHED_RUN_STATES])))
  return row ?? null
}

/** True when a worker executes a run of the source. Until the transaction ends none begins to. */
export async function lockExecutedRun(tx: Tx, sourceId: number): Promise<boolean> {
  const run = await lockRun(
    tx,
    and(eq(runs.sourceId, sourceId), inArray(runs.state, [...UNFINISHED_RUN_STATES])),
  )
  const executed: readonly RunState[] = EXECUTED_RUN_STATES
  return run !== null && executed.includes(run.state)
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

/** Ends an unfinished run, or that of a source: at once, or by its worker where that is alive. Null when there is none. */
export async function cancelUnfinishedRun(
  tx: Tx,
  which: { readonly runId: string } | { readonly sourceId: number },
): Promise<RunRow | null> {
  const executed = sql`(${inArray(runs.state, [...EXECUTED_RUN_STATES])}
    and ${runs.heartbeatAt} + ${runs.deadAfterMs} * interval '1 millisecond' > now())`
  const [row] = await tx
    .update(runs)
    .set({
      state: sql`(case when ${executed} then 'CANCELLING' else 'CANCELLED' end)::run_state`,
      workerId: sql`case when ${executed} then ${runs.workerId} end`,
      finishedAt: sql`case when ${executed} then null else now() end`,
      resumeAt: null,
      error: null,
      filesWaiting: 0,
      waitingFiles: [],
    })
    .where(
      and(
        'runId' in which ? eq(runs.id, which.runId) : eq(runs.sourceId, which.sourceId),
        inArray(runs.state, [...UNFINISHED_RUN_STATES]),
      ),
    )
    .returning()
  return row ?? null
}

export interface RunFilter {
  readonly source_id?: number | undefined
  readonly state?: RunState | undefined
  readonly trigger?: RunTrigger | undefined
  /** Only those made before it. */
  readonly cursor?: string | undefined
  readonly limit: number
}

/** Newest first; UUIDv7 ids sort by the time of their making. */
export async function selectRuns(
  db: Db,
  tenantId: string | null,
  { source_id, state, trigger, cursor, limit }: RunFilter,
): Promise<RunRow[]> {
  return db
    .select(getTableColumns(runs))
    .from(runs)
    .innerJoin(sources, eq(sources.id, runs.sourceId))
    .where(
      and(
        belongsTo(sources.tenantId, tenantId),
        source_id === undefined ? undefined : eq(runs.sourceId, source_id),
        state && eq(runs.state, state),
        trigger && eq(runs.trigger, trigger),
        cursor === undefined ? undefined : lt(runs.id, cursor),
      ),
    )
    .orderBy(desc(runs.id))
    .limit(limit)
}

export async function selectRunsById(db: Db, runIds: readonly string[]): Promise<RunRow[]> {
  return db
    .select()
    .from(runs)
    .where(inArray(runs.id, [...runIds]))
}

/** Lines after `afterId` of each of the runs, oldest first. */
export async function selectLogLines(
  db: Db,
  after: readonly { readonly runId: string; readonly afterId: number }[],
  limit: number,
): Promise<RunLogRow[]> {
  return db
    .select()
    .from(runLogs)
    .where(
      or(
        ...after.map(({ runId, afterId }) =>
          and(eq(runLogs.runId, runId), gt(runLogs.id, afterId)),
        ),
      ),
    )
    .orderBy(asc(runLogs.id))
    .limit(limit)
}
