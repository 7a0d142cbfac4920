import type { RunState } from '@telegather/contracts'
import { runs, scrapers, sessions, type Db, type Tx } from '@telegather/db'
import { eq, inArray, lt, or, sql } from 'drizzle-orm'
import { MAX_ATTEMPTS } from '../attempts.ts'
import type { RunRow } from './run-state.ts'

export interface Claimant {
  /** Of this claim. */
  readonly id: string
  readonly deadAfterMs: number
  /** The process, which is in `scrapers`, and how many runs it executes now; without it, it need not share. */
  readonly scraper?: { readonly executing: number; readonly patienceMs: number }
}

export interface ClaimedRun extends RunRow {
  /** What it was in until now. */
  readonly stateBefore: RunState
}

export type Claim =
  | { readonly status: 'claimed'; readonly run: ClaimedRun }
  /** A scraper with less to do may have it first. */
  | { readonly status: 'left'; readonly runId: string }

const CRASHED = 'The process that executed the run died, again and again, without getting further'

/** Claims are made one at a time, so that each sees all before it. */
const CLAIMS = 'claims of runs'

/**
 * Takes the oldest run that is due: a new one, one whose wait is over, or one whose worker has been silent for
 * `deadAfterMs`; but none whose session serves another run. Null when there is none. One that nobody has begun is left
 * to scrapers with less to do for `patienceMs`. Two workers never get the same run.
 */
export async function claimRun(tx: Tx, claimant: Claimant): Promise<Claim | null> {
  const { id, deadAfterMs, scraper } = claimant
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${CLAIMS}, 0))`)
  const due = await selectDue(tx, deadAfterMs)
  const [next] = due
  if (!next) return null
  if (scraper && next.state !== 'RUNNING') {
    const share = Math.ceil((next.executing + due.length) / Math.max(1, next.scrapers))
    if (scraper.executing >= share && next.dueForMs < scraper.patienceMs)
      return { status: 'left', runId: next.id }
  }
  if (next.sessionId !== null && !(await lockSession(tx, next.sessionId)))
    return claimRun(tx, claimant)
  const [row] = await tx
    .update(runs)
    .set({
      state: 'RUNNING',
      workerId: id,
      sessionId: next.sessionId,
      heartbeatAt: sql`now()`,
      startedAt: sql`coalesce(${runs.startedAt}, now())`,
      resumeAt: null,
      error: null,
      attempt: sql`${runs.attempt} + case when ${runs.attempt} = 0 or ${runs.state} in ('RETRYING', 'RUNNING') then 1 else 0 end`,
    })
    .where(eq(runs.id, next.id))
    .returning()
  return row ? { status: 'claimed', run: { ...row, stateBefore: next.state } } : null
}

interface DueRun {
  readonly [column: string]: unknown
  readonly id: string
  readonly state: RunState
  readonly sessionId: number | null
  readonly dueForMs: number
  /** Runs that are executed now, and the processes that live, altogether. */
  readonly executing: number
  readonly scrapers: number
}

/** The oldest due run of each session that is free, oldest first; runs that no session serves are due one by one. */
async function selectDue(tx: Tx, deadAfterMs: number): Promise<readonly DueRun[]> {
  const dead = sql`${deadAfterMs} * interval '1 millisecond'`
  return tx.execute<DueRun>(sql`
    with open as (
      select runs.id, runs.created_at, runs.state, coalesce(sources.session_id, (
        select sessions.id from sessions
        where sources.access_level = 'public' and sessions.tenant_id is not distinct from sources.tenant_id
          and sessions.state = 'active' and sessions.use_for_public
        order by sessions.id limit 1)) as session_id,
        case runs.state when 'PENDING' then runs.created_at when 'RUNNING' then runs.heartbeat_at + ${dead}
          else runs.resume_at end as due_at
      from runs join sources on sources.id = runs.source_id
      where runs.state in ('PENDING', 'WAITING', 'RETRYING', 'RUNNING')),
    due as (
      select distinct on (coalesce(session_id::text, id::text)) * from open
      where due_at <= now() and not exists (
        select from runs busy
        where busy.session_id = open.session_id and busy.state in ('RUNNING', 'CANCELLING') and busy.id <> open.id)
      order by coalesce(session_id::text, id::text), created_at)
    select id, state, session_id as "sessionId",
      (extract(epoch from now() - due_at) * 1000)::float8 as "dueForMs",
      (select count(*)::int from runs where state in ('RUNNING', 'CANCELLING')
        and heartbeat_at >= now() - ${dead}) as executing,
      (select count(*)::int from scrapers where heartbeat_at >= now() - ${dead}) as scrapers
    from due order by created_at`)
}

/** Says that this process lives and executes runs. */
export async function announceScraper(db: Db, scraperId: string): Promise<void> {
  await db
    .insert(scrapers)
    .values({ id: scraperId })
    .onConflictDoUpdate({ target: scrapers.id, set: { heartbeatAt: sql`now()` } })
}

/** Says that it executes no more runs, and forgets processes that have died long ago. */
export async function withdrawScraper(db: Db, scraperId: string): Promise<void> {
  await db
    .delete(scrapers)
    .where(or(eq(scrapers.id, scraperId), lt(scrapers.heartbeatAt, sql`now() - interval '1 day'`)))
}

/**
 * Ends runs whose worker has been silent for `deadAfterMs` and that are not to be taken over: those that are to be
 * cancelled, and those in whose every try a worker has died. Unless others are at it.
 */
export async function endSilentRuns(tx: Tx, deadAfterMs: number): Promise<RunRow[]> {
  const silent = tx
    .select({ id: runs.id })
    .from(runs)
    .where(
      sql`${runs.heartbeatAt} < now() - ${deadAfterMs} * interval '1 millisecond'
        and (${runs.state} = 'CANCELLING' or (${runs.state} = 'RUNNING' and ${runs.attempt} >= ${MAX_ATTEMPTS}))`,
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
    .where(inArray(runs.id, silent))
    .returning()
}

/**
 * Milliseconds until a run waits no more, or its worker, should it stay silent, is dead; null when there is none. Runs
 * that are due and were not claimed wait for something that has no time.
 */
export async function millisecondsToNextRun(db: Db, deadAfterMs: number): Promise<number | null> {
  const [row] = await db.execute<{ ms: number | null }>(sql`
    select (extract(epoch from min(due_at) - now()) * 1000)::float8 as ms
    from (
      select case when state in ('WAITING', 'RETRYING') then resume_at
        else heartbeat_at + ${deadAfterMs} * interval '1 millisecond' end as due_at
      from ${runs} where state in ('WAITING', 'RETRYING', 'RUNNING', 'CANCELLING')) open
    where due_at > now()`)
  return row?.ms ?? null
}

/** False when the session has just been deleted; else it stays until the transaction ends. */
async function lockSession(tx: Tx, sessionId: number): Promise<boolean> {
  const rows = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.id, sessionId))
    .for('key share')
  return rows.length > 0
}
