import { sql, type SQL } from 'drizzle-orm'
import type { Db, Tx } from './connection.ts'

/** Plan types of Postgres' settings `enable_…`. */
type PlanKind = 'seqscan' | 'bitmapscan' | 'sort' | 'incremental_sort' | 'hashjoin' | 'mergejoin'

/**
 * Runs `read` in a transaction in which the planner avoids these plan types. For statements with one good plan that the
 * planner misses because its statistics are outdated or because it underestimates the cost of the others.
 */
export async function withoutPlans<Result>(
  db: Db,
  kinds: readonly PlanKind[],
  read: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  return db.transaction(async (tx) => {
    const off = kinds.map((kind) => sql`set_config(${`enable_${kind}`}, 'off', true)`)
    await tx.execute(sql`select ${sql.join(off, sql`, `)}`)
    return read(tx)
  })
}

/**
 * For a statement whose order and limit an index serves. Without statistics, Postgres would read and sort all rows of a
 * source to find the first ones.
 */
export function inIndexOrder<Result>(db: Db, read: (tx: Tx) => Promise<Result>): Promise<Result> {
  return withoutPlans(db, ['seqscan', 'bitmapscan', 'sort', 'incremental_sort'], read)
}

/**
 * The id in a condition, hidden from Postgres' planner, which then plans for a source of average size. For the id of a
 * source that its statistics do not know yet, it would expect a single row, and may read the whole source for each
 * message or file that it looks up.
 */
export function hiddenId(sourceId: number): SQL {
  return sql`(select ${sourceId}::int)`
}

/**
 * Until the transaction ends, Postgres plans without looking at values. This is for the checks of foreign keys, whose
 * statements no `hiddenId` reaches: for a source that the statistics do not know, each check of a file or a version would
 * read through the source's messages.
 */
export async function planForAnySource(tx: Tx): Promise<void> {
  await tx.execute(sql`select set_config('plan_cache_mode', 'force_generic_plan', true)`)
}
