import { EXECUTED_RUN_STATES, type RunState } from '@telegather/contracts'
import {
  isUniqueViolation,
  runLogs,
  runs,
  scrapers,
  sources,
  type Db,
  type StoredOwner,
  type Tx,
} from '@telegather/db'
import { readsPublicFor } from '@telegather/sessions'
import { eq, getTableColumns, inArray, lt, or, sql } from 'drizzle-orm'
import { MAX_ATTEMPTS } from '../attempts.ts'
import type { Line } from '../run-lines.ts'
import type { RunRow } from './run-state.ts'

/** A run that waits to be claimed, or that is RUNNING and claimable once its worker is dead. */
export interface OpenRun extends StoredOwner {
  readonly id: string
  readonly state: Extract<RunState, 'PENDING' | 'WAITING' | 'RETRYING' | 'RUNNING'>
  readonly attempt: number
  readonly lane: string
  /** Milliseconds since the run became claimable; negative before. */
  readonly dueForMs: number
  /** Milliseconds since the run was created. */
  readonly ageMs: number
  /** The source's own session; null when it has none. */
  readonly sessionId: number | null
  /** True for a public source without a session of its own. */
  readonly isForAnySession: boolean
  /** The session through which its worker reads; null for runs that are not RUNNING. */
  readonly heldSessionId: number | null
  /** The session that resolved the source's channel last. */
  readonly channelSessionId: number | null
}

/** The number of runs that are read of a lane that belongs to no single session. */
const LANE_WINDOW = 50

/**
 * Selects the head of each lane, and all RUNNING runs. A lane holds the runs that wait for the same session, or for any
 * session of one owner (`runs.lane`). Reads a bounded number of index entries of each lane, however many runs wait in it.
 */
export async function selectOpenRuns(db: Db): Promise<readonly OpenRun[]> {
  const sizeOf = (lane: string) =>
    sql.raw(`case when ${lane} like 'session %' then 1 else ${LANE_WINDOW} end`)
  return db.execute<OpenRun & Record<string, unknown>>(sql`
    with recursive
    pending (lane) as (
      (select lane from runs where state = 'PENDING' order by lane limit 1)
      union all
      select (select following.lane from runs following
        where following.state = 'PENDING' and following.lane > pending.lane
        order by following.lane limit 1)
      from pending where pending.lane is not null),
    resuming (lane) as (
      (select lane from runs where state in ('WAITING', 'RETRYING') order by lane limit 1)
      union all
      select (select following.lane from runs following
        where following.state in ('WAITING', 'RETRYING') and following.lane > resuming.lane
        order by following.lane limit 1)
      from resuming where resuming.lane is not null),
    open (id, due_at) as (
      select head.id, head.created_at from pending cross join lateral (
        select id, created_at from runs where state = 'PENDING' and runs.lane = pending.lane
        order by created_at limit ${sizeOf('pending.lane')}) head
      union all
      select head.id, head.resume_at from resuming cross join lateral (
        select id, resume_at from runs where state in ('WAITING', 'RETRYING') and runs.lane = resuming.lane
        order by resume_at limit ${sizeOf('resuming.lane')}) head
      union all
      select id, heartbeat_at + dead_after_ms * interval '1 millisecond' from runs
      where state in ('RUNNING', 'CANCELLING') and state = 'RUNNING')
    select runs.id, runs.state, runs.attempt, runs.lane,
      (extract(epoch from now() - open.due_at) * 1000)::float8 as "dueForMs",
      (extract(epoch from now() - runs.created_at) * 1000)::float8 as "ageMs",
      sources.owner_kind as "ownerKind", sources.owner_id as "ownerId",
      sources.session_id as "sessionId",
      sources.session_id is null and sources.access_level = 'public' as "isForAnySession",
      case when runs.state = 'RUNNING' then runs.session_id end as "heldSessionId",
      sources.channel_session_id as "channelSessionId"
    from open join runs on runs.id = open.id join sources on sources.id = runs.source_id`)
}

/** The living scrapers and the runs that they execute. */
export interface Fleet {
  readonly scrapers: number
  /** The number of runs that living workers execute. */
  readonly executing: number
  /** Sessions through which a run reads, also those of runs whose worker is dead. */
  readonly busySessionIds: readonly number[]
}

export async function selectFleet(db: Db): Promise<Fleet> {
  const isAlive = sql.raw(`heartbeat_at + dead_after_ms * interval '1 millisecond' >= now()`)
  const [fleet] = await db.execute<Fleet & Record<string, unknown>>(sql`
    select (select count(*)::int from scrapers where ${isAlive}) as scrapers,
      count(*) filter (where ${isAlive})::int as executing,
      coalesce(json_agg(session_id) filter (where session_id is not null), '[]') as "busySessionIds"
    from runs where state in ('RUNNING', 'CANCELLING')`)
  if (!fleet) throw new Error('an aggregate has no row')
  return fleet
}

/** A run, and the session through which to execute it; null for a bot's session, or for none. */
export interface Pick {
  readonly run: OpenRun
  readonly sessionId: number | null
}

export interface ClaimOptions {
  /** Makes the id of a claim. A process that takes over its own run without heartbeats counts as another worker. */
  readonly newWorkerId: () => string
  readonly deadAfterMs: number
  readonly lineOf: (run: RunRow, stateBefore: RunState) => Line
}

/**
 * Claims the picked runs that have not changed since. Waits for no lock, so two claims never deadlock. Left out are runs
 * that another process is claiming or cancelling, and runs whose session is being deleted, serves another run, or no
 * longer reads public channels. Claims none of the runs when a concurrent claim gave a picked session another run: the
 * unique index `runs_one_executed_per_session` refuses them all.
 */
export async function claimRuns(
  db: Db,
  picks: readonly Pick[],
  { newWorkerId, deadAfterMs, lineOf }: ClaimOptions,
): Promise<readonly RunRow[]> {
  if (picks.length === 0) return []
  const stateBefore = new Map(picks.map(({ run }) => [run.id, run.state]))
  const requested = picks.map(({ run, sessionId }) => ({
    id: run.id,
    state: run.state,
    attempt: run.attempt,
    lane: run.lane,
    session_id: sessionId,
    worker_id: newWorkerId(),
  }))
  try {
    return await db.transaction(async (tx) => {
      const claimed = await updateClaimed(tx, requested, deadAfterMs)
      if (claimed.length > 0)
        await tx.insert(runLogs).values(
          claimed.map((run) => ({
            runId: run.id,
            ...lineOf(run, stateBefore.get(run.id) ?? run.state),
          })),
        )
      return claimed
    })
  } catch (error) {
    if (isUniqueViolation(error, 'runs_one_executed_per_session')) return []
    throw error
  }
}

/** Locks sessions before runs; see `locks.ts`. */
async function updateClaimed(
  tx: Tx,
  requested: readonly object[],
  deadAfterMs: number,
): Promise<RunRow[]> {
  const asRows = sql`json_to_recordset(${JSON.stringify(requested)}::json)
    as requested (id uuid, state run_state, attempt integer, lane text, session_id integer, worker_id uuid)`
  const free = sql`(
    with locked_sessions as materialized (
      select sessions.id from sessions
      where sessions.id in (select requested.session_id from ${asRows})
      for no key update skip locked)
    select own.id, requested.session_id, requested.worker_id
    from ${asRows} join runs own on own.id = requested.id join sources on sources.id = own.source_id
    where own.state = requested.state and own.attempt = requested.attempt and own.lane = requested.lane
      and case own.state
        when 'PENDING' then true
        when 'RUNNING' then own.heartbeat_at + own.dead_after_ms * interval '1 millisecond' < now()
        else own.resume_at <= now() end
      and (requested.session_id is null or requested.session_id in (select locked_sessions.id from locked_sessions))
      and (requested.session_id is null or requested.session_id = sources.session_id or exists (
        select from sessions where sessions.id = requested.session_id and ${readsPublicFor(sources)}))
      and not exists (
        select from runs busy where busy.session_id = requested.session_id
          and busy.state in ('RUNNING', 'CANCELLING') and busy.id <> own.id)
    for no key update of own skip locked) free`
  return tx
    .update(runs)
    .set({
      state: 'RUNNING',
      workerId: sql`free.worker_id`,
      sessionId: sql`free.session_id`,
      heartbeatAt: sql`now()`,
      deadAfterMs,
      startedAt: sql`coalesce(${runs.startedAt}, now())`,
      resumeAt: null,
      error: null,
      attempt: sql`${runs.attempt} + case when ${runs.attempt} = 0 or ${runs.state} in ('RETRYING', 'RUNNING') then 1 else 0 end`,
    })
    .from(free)
    .where(eq(runs.id, sql`free.id`))
    .returning(getTableColumns(runs))
}

/** Records a heartbeat of this process: without one for `deadAfterMs`, other scrapers no longer count it. */
export async function announceScraper(
  db: Db,
  scraperId: string,
  deadAfterMs: number,
): Promise<void> {
  await db
    .insert(scrapers)
    .values({ id: scraperId, deadAfterMs })
    .onConflictDoUpdate({ target: scrapers.id, set: { heartbeatAt: sql`now()` } })
}

/** Records that this process executes no more runs, and deletes rows of processes without a heartbeat for a day. */
export async function withdrawScraper(db: Db, scraperId: string): Promise<void> {
  await db
    .delete(scrapers)
    .where(or(eq(scrapers.id, scraperId), lt(scrapers.heartbeatAt, sql`now() - interval '1 day'`)))
}

const CRASHED = 'The process that executed the run died repeatedly without progress'

/**
 * Ends runs of dead workers that no other worker may take over: CANCELLING runs, and runs in their last attempt. Skips
 * runs that another process has locked. Returns the ended runs.
 */
export async function markDeadRunsEnded(tx: Tx): Promise<RunRow[]> {
  const dead = tx
    .select({ id: runs.id })
    .from(runs)
    .where(
      sql`${inArray(runs.state, [...EXECUTED_RUN_STATES])}
        and ${runs.heartbeatAt} + ${runs.deadAfterMs} * interval '1 millisecond' < now()
        and (${runs.state} = 'CANCELLING' or ${runs.attempt} >= ${MAX_ATTEMPTS})`,
    )
    .for('no key update', { skipLocked: true })
  return tx
    .update(runs)
    .set({
      state: sql`(case ${runs.state} when 'RUNNING' then 'CRASHED' else 'CANCELLED' end)::run_state`,
      error: sql`case ${runs.state} when 'RUNNING' then ${CRASHED} end`,
      workerId: null,
      finishedAt: sql`now()`,
    })
    .where(inArray(runs.id, dead))
    .returning()
}

/** Milliseconds until the next worker counts as dead if it sends no heartbeat; null when no run is executed. */
export async function millisecondsToNextDeath(db: Db): Promise<number | null> {
  const [row] = await db.execute<{ ms: number | null }>(sql`
    select (extract(epoch from min(dead_at) - now()) * 1000)::float8 as ms
    from (
      select heartbeat_at + dead_after_ms * interval '1 millisecond' as dead_at
      from runs where state in ('RUNNING', 'CANCELLING')) executed
    where dead_at > now()`)
  return row?.ms ?? null
}
