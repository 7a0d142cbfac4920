import {
  EXECUTED_RUN_STATES,
  UNFINISHED_RUN_STATES,
  type Owner,
  type RunState,
  type RunTrigger,
} from '@telegather/contracts'
import {
  arrayText,
  inIndexOrder,
  lockRun,
  ownedBy,
  runLogs,
  runs,
  sources,
  type Db,
  type DbOrTx,
  type Tx,
} from '@telegather/db'
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  lt,
  or,
  sql,
  type SQL,
} from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'

export type RunRow = typeof runs.$inferSelect
export type RunLogRow = typeof runLogs.$inferSelect

export interface NewRun {
  readonly sourceId: number
  readonly trigger: RunTrigger
  readonly scheduledFor?: Date | null
}

/** Adds a pending run. Null when the source has an unfinished run, or already one with the same `scheduledFor`. */
export async function insertRun(tx: Tx, run: NewRun): Promise<RunRow | null> {
  const [row] = await insertRuns(tx, [run])
  return row ?? null
}

/** `insertRun` for several sources. Returns the added runs. */
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

/** True when a worker executes a run of the source. Locks an unfinished run, so no worker claims it before the commit. */
export async function lockExecutedRun(tx: Tx, sourceId: number): Promise<boolean> {
  const run = await lockRun(
    tx,
    and(eq(runs.sourceId, sourceId), inArray(runs.state, [...UNFINISHED_RUN_STATES])),
  )
  const executed: readonly RunState[] = EXECUTED_RUN_STATES
  return run !== null && executed.includes(run.state)
}

export async function findRun(db: Db, owner: Owner, runId: string): Promise<RunRow | null> {
  const [row] = await db
    .select(getTableColumns(runs))
    .from(runs)
    .innerJoin(sources, eq(sources.id, runs.sourceId))
    .where(and(ownedBy(sources, owner), eq(runs.id, runId)))
  return row ?? null
}

/**
 * Cancels an unfinished run, given by its id or its source. The state becomes CANCELLING when a living worker executes the
 * run, otherwise CANCELLED. Null when there is no unfinished run.
 */
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
  /** A run id: only runs created before that one. */
  readonly cursor?: string | undefined
  readonly limit: number
}

/** For up to this many sources, the newest runs of each source are merged: 5 to 10 µs a source. */
const MAX_MERGED = 200
/** For more sources, this many of the newest runs of all owners are scanned first. */
const MAX_SCANNED = 1000

/**
 * Selects runs, newest first; UUIDv7 ids sort by creation time. The cost depends on the number of the owner's sources.
 * Runs of other owners cost at most a scan of `MAX_SCANNED` runs.
 */
export async function selectRuns(db: Db, owner: Owner, filter: RunFilter): Promise<RunRow[]> {
  const sourceIds =
    filter.source_id === undefined ? await selectSourceIds(db, owner) : [filter.source_id]
  if (sourceIds.length === 0) return []
  const ids = await inIndexOrder(db, (tx) => selectNewestRunIds(tx, sourceIds, filter))
  return db
    .select()
    .from(runs)
    .where(sql`${runs.id} = any(${arrayText(ids)}::uuid[])`)
    .orderBy(desc(runs.id))
}

async function selectSourceIds(db: Db, owner: Owner): Promise<number[]> {
  const rows = await db.select({ id: sources.id }).from(sources).where(ownedBy(sources, owner))
  return rows.map(({ id }) => id)
}

async function selectNewestRunIds(
  tx: Tx,
  sourceIds: readonly number[],
  filter: RunFilter,
): Promise<string[]> {
  const isRareTrigger = filter.trigger !== undefined && filter.trigger !== 'scheduled'
  if (sourceIds.length > MAX_MERGED || (isRareTrigger && sourceIds.length > 1)) {
    const [scanned] = await tx.execute<{ ids: string[]; scanned: number }>(
      scannedRunIds(sourceIds, filter),
    )
    const { ids, scanned: count } = scanned ?? { ids: [], scanned: 0 }
    if (ids.length === filter.limit || count < MAX_SCANNED) return ids
  }
  const rows = await tx.execute<{ id: string }>(mergedRunIds(sourceIds, filter))
  return rows.map(({ id }) => id)
}

/** Scans the newest runs of all owners with the state or the rare trigger, and keeps those of `sourceIds`. */
function scannedRunIds(
  sourceIds: readonly number[],
  { state, trigger, cursor, limit }: RunFilter,
): SQL {
  const condition = and(
    state && eq(runs.state, state),
    trigger && trigger !== 'scheduled' ? eq(runs.trigger, trigger) : undefined,
    cursor === undefined ? undefined : lt(runs.id, cursor),
  )
  return sql`
    with newest as materialized (
      select id, source_id, trigger from ${runs} where ${condition ?? sql`true`} order by id desc limit ${MAX_SCANNED}
    )
    select (select count(*)::int from newest) as scanned,
      array(
        select id from newest
        where source_id = any(${arrayText(sourceIds)}::int[])
          and ${trigger === undefined ? sql`true` : sql`trigger = ${trigger}`}
        order by id desc
        limit ${limit}
      ) as ids`
}

/**
 * Merges the newest runs of each source. First the newest run of each source is read, then further runs of only the
 * `limit` sources with the newest of these.
 */
function mergedRunIds(
  sourceIds: readonly number[],
  { state, trigger, cursor, limit }: RunFilter,
): SQL {
  const condition = and(
    sql`${runs.sourceId} = head.source_id`,
    state && eq(runs.state, state),
    trigger && eq(runs.trigger, trigger),
    cursor === undefined ? undefined : lt(runs.id, cursor),
  )
  const newest = (count: number, isNew: SQL) => sql`
    select ${runs.id} from ${runs} where ${condition} and ${isNew} order by ${runs.id} desc limit ${count}`
  const oldestHead = sql`coalesce((select id from oldest_head), '00000000-0000-0000-0000-000000000000')`
  return sql`
    with heads as materialized (
      select head.source_id, newest.id
      from unnest(${arrayText(sourceIds)}::int[]) as head (source_id)
      cross join lateral (${newest(1, sql`true`)}) as newest
    ), oldest_head as materialized (
      select id from heads order by id desc offset ${limit - 1} limit 1
    )
    select found.id
    from heads as head cross join lateral (${newest(limit, sql`${runs.id} >= ${oldestHead}`)}) as found
    where head.id >= ${oldestHead}
    order by found.id desc
    limit ${limit}`
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
