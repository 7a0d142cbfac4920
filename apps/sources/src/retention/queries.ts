import { UNFINISHED_RUN_STATES, UNFINISHED_VERIFICATION_STATES } from '@telegather/contracts'
import { auditEvents, fileVerifications, runLogs, runs, type Tx } from '@telegather/db'
import { inArray, sql } from 'drizzle-orm'

/** Part of a table in the order of its primary key, a UUIDv7: ids after `after`, before `before`. */
export interface Page {
  readonly after: string
  readonly before: string
  readonly limit: number
}

/** A row of a page. `isExpired` rows may be deleted. */
export interface PagedRow {
  readonly id: string
  readonly isExpired: boolean
}

/**
 * Reads a page of runs. A run is expired when it ended more than `keepDays` ago and its source has a newer one: each
 * source keeps its last run. An expired run never becomes unexpired.
 */
export async function selectRunPage(
  tx: Tx,
  { after, before, limit }: Page,
  keepDays: number,
): Promise<readonly PagedRow[]> {
  return tx.execute<PagedRow & Record<string, unknown>>(sql`
    select page.id,
      ${notIn('page.state', UNFINISHED_RUN_STATES)}
        and page.finished_at < now() - make_interval(days => ${keepDays})
        and exists (select from ${runs} newer
          where newer.source_id = page.source_id and newer.id > page.id) as "isExpired"
    from (
      select id, source_id, state, finished_at from ${runs}
      where id > ${after} and id < ${before} order by id limit ${limit}) page
    order by page.id`)
}

/** As `selectRunPage`, of file verifications. */
export async function selectVerificationPage(
  tx: Tx,
  { after, before, limit }: Page,
  keepDays: number,
): Promise<readonly PagedRow[]> {
  return tx.execute<PagedRow & Record<string, unknown>>(sql`
    select page.id,
      ${notIn('page.state', UNFINISHED_VERIFICATION_STATES)}
        and page.finished_at < now() - make_interval(days => ${keepDays})
        and exists (select from ${fileVerifications} newer
          where newer.source_id = page.source_id and newer.created_at > page.created_at) as "isExpired"
    from (
      select id, source_id, state, created_at, finished_at from ${fileVerifications}
      where id > ${after} and id < ${before} order by id limit ${limit}) page
    order by page.id`)
}

/** Reads a page of the audit: an event's id says when it happened. */
export async function selectAuditPage(
  tx: Tx,
  { after, before, limit }: Page,
  keepDays: number,
): Promise<readonly PagedRow[]> {
  return tx.execute<PagedRow & Record<string, unknown>>(sql`
    select id, created_at < now() - make_interval(days => ${keepDays}) as "isExpired"
    from ${auditEvents} where id > ${after} and id < ${before} order by id limit ${limit}`)
}

/** Deletes up to `limit` log lines of these runs; returns how many it deleted. */
export async function deleteLogLines(
  tx: Tx,
  runIds: readonly string[],
  limit: number,
): Promise<number> {
  const lines = tx
    .select({ id: runLogs.id })
    .from(runLogs)
    .where(inArray(runLogs.runId, [...runIds]))
    .limit(limit)
    .for('update', { skipLocked: true })
  const { count } = await tx.delete(runLogs).where(inArray(runLogs.id, lines))
  return count
}

/** Deletes these rows. Rows that another process has locked are skipped. */
export async function deleteRows(
  tx: Tx,
  table: typeof runs | typeof fileVerifications | typeof auditEvents,
  ids: readonly string[],
): Promise<void> {
  const free = tx
    .select({ id: table.id })
    .from(table)
    .where(inArray(table.id, [...ids]))
    .for('update', { skipLocked: true })
  await tx.delete(table).where(inArray(table.id, free))
}

function notIn(column: string, states: readonly string[]) {
  return sql.raw(`${column} not in (${states.map((state) => `'${state}'`).join(', ')})`)
}
