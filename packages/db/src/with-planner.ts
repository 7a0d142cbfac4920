import { sql } from 'drizzle-orm'
import type { Db, Tx } from './connection.ts'

/** Kinds of plans that Postgres can be kept from, as its settings name them. */
type PlanKind = 'seqscan' | 'bitmapscan' | 'sort' | 'incremental_sort' | 'hashjoin' | 'mergejoin'

/**
 * Runs `read` in a transaction in which Postgres avoids these kinds of plans. For statements that have one good plan,
 * which Postgres does not find while its statistics do not know the rows yet, or whose cost it underrates.
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
