import { claimSources, sources, type Db, type Tx } from '@telegather/db'
import { asc, lte, sql } from 'drizzle-orm'

/** Locks sources that are due at `now`, the longest due first. Skips sources that another transaction has locked. */
export async function lockDueSources(tx: Tx, now: Date, limit: number) {
  const due = await claimSources(tx, {
    where: lte(sources.nextRunAt, now),
    strength: 'no key update',
    orderBy: asc(sources.nextRunAt),
    limit,
  })
  return due.map(({ id, schedule, timezone, nextRunAt }) => ({
    id,
    pattern: schedule,
    timezone,
    nextRunAt,
  }))
}

/** Sets `next_run_at` of each source; null for no further run. */
export async function setNextRuns(
  tx: Tx,
  next: readonly { readonly id: number; readonly nextRunAt: Date | null }[],
): Promise<void> {
  await tx.execute(sql`
    update ${sources} set next_run_at = next."nextRunAt"
    from json_to_recordset(${JSON.stringify(next)}::json) as next (id integer, "nextRunAt" timestamptz)
    where ${sources.id} = next.id`)
}

/** Milliseconds until the next instant of any schedule, by the database's clock; 0 or less when it is due, null for none. */
export async function millisecondsToNextRun(db: Db): Promise<number | null> {
  const [row] = await db.execute<{ ms: number | null }>(sql`
    select (extract(epoch from min(next_run_at) - clock_timestamp()) * 1000)::float8 as ms
    from ${sources}`)
  return row?.ms ?? null
}

/** The time of the database's clock, which all replicas share. */
export async function readClock(db: Db): Promise<Date> {
  const [row] = await db.execute<{ ms: number }>(
    sql`select extract(epoch from now())::float8 * 1000 as ms`,
  )
  if (!row) throw new Error('the clock has no row')
  return new Date(row.ms)
}
