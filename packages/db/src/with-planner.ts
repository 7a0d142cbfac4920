import { sql } from 'drizzle-orm'
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
