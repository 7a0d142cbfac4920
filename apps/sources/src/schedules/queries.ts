import { sources, type Db, type Tx } from '@telegather/db'
import { asc, eq, lte, sql } from 'drizzle-orm'

/** Sources that are due at `now`, longest first, but for those that somebody else has locked. */
export async function lockDueSources(tx: Tx, now: Date, limit: number) {
  return tx
    .select({
      id: sources.id,
      pattern: sources.schedule,
      timezone: sources.timezone,
      nextRunAt: sources.nextRunAt,
    })
    .from(sources)
    .where(lte(sources.nextRunAt, now))
    .orderBy(asc(sources.nextRunAt))
    .limit(limit)
    .for('no key update', { skipLocked: true })
}

export async function setNextRun(tx: Tx, sourceId: number, nextRunAt: Date | null): Promise<void> {
  await tx.update(sources).set({ nextRunAt }).where(eq(sources.id, sourceId))
}

/** The database's clock: the only one that all replicas share. */
export async function readClock(db: Db): Promise<Date> {
  const [row] = await db.execute<{ ms: number }>(
    sql`select extract(epoch from now())::float8 * 1000 as ms`,
  )
  if (!row) throw new Error('the clock has no row')
  return new Date(row.ms)
}
