/** Locks source 1, or takes advisory lock 1 if an idle limit is given; then stops itself within the transaction. */
import { eq, sql } from 'drizzle-orm'
import { createDb } from '../../src/connection.ts'
import { lockSource } from '../../src/locks.ts'
import { sources } from '../../src/schema/sources.ts'

const [url, idleInTransactionMs] = process.argv.slice(2)
if (!url) throw new Error('usage: frozen-in-transaction.ts URL [IDLE_LIMIT_MS]')

const { db } = createDb(
  url,
  idleInTransactionMs ? { idleInTransactionMs: Number(idleInTransactionMs) } : {},
)
await db.transaction(async (tx) => {
  if (idleInTransactionMs) await tx.execute(sql`select pg_advisory_xact_lock(1)`)
  else await lockSource(tx, eq(sources.id, 1))
  process.kill(process.pid, 'SIGSTOP')
})
