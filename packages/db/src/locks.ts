import { sql, type SQL } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Tx } from './connection.ts'
import { runs } from './schema/runs.ts'
import { sessionLeases } from './schema/session-leases.ts'
import { sessions } from './schema/sessions.ts'
import { sources } from './schema/sources.ts'

/**
 * The one order in which a transaction takes its locks, so that no two transactions wait for each other in a circle. A
 * transaction may leave kinds out, and lock several rows of one kind.
 *
 * Postgres takes locks for foreign keys too: writing `runs.session_id` or `sources.session_id` locks the session, and a
 * new run locks its source. Writing a row is locking it.
 */
const ORDER = ['source', 'lease', 'session', 'content', 'run'] as const
type Kind = (typeof ORDER)[number]

/**
 * `key share` keeps the row from being deleted, and lets others write it. `no key update` keeps it as it is.
 * `update` also stands against `key share`.
 */
export type LockStrength = 'key share' | 'no key update' | 'update'

/** Postgres ends a transaction that holds one of these locks and is idle for longer: its process may be frozen. */
const IDLE_WITH_LOCK_MS = 5_000

const withIdleLimit = sql`set_config('idle_in_transaction_session_timeout', ${String(IDLE_WITH_LOCK_MS)}, true)`

/** How far in `ORDER` each transaction is. */
const reached = new WeakMap<Tx, number>()

/** Throws for a lock out of order: a mistake of the caller that would be a deadlock one day. */
function advance(tx: Tx, kind: Kind): void {
  const rank = ORDER.indexOf(kind)
  const before = reached.get(tx) ?? 0
  if (rank < before)
    throw new Error(`a transaction must lock a ${kind} before it locks a ${ORDER[before]}`)
  reached.set(tx, rank)
}

interface Lock {
  readonly where: SQL | undefined
  readonly strength: LockStrength
}

/** Locks the rows until the transaction ends, and answers them. */
async function lockRows<Of extends PgTable>(
  tx: Tx,
  kind: Kind,
  table: Of,
  { where, strength }: Lock,
): Promise<Of['$inferSelect'][]> {
  advance(tx, kind)
  const rows = await tx
    .select({ row: table, idleLimit: withIdleLimit })
    .from<PgTable>(table)
    .where(where)
    .for(strength)
  return rows.map(({ row }) => row as Of['$inferSelect'])
}

/** Locks a source as it is. Null when there is none. */
export async function lockSource(
  tx: Tx,
  where: SQL | undefined,
): Promise<typeof sources.$inferSelect | null> {
  const [row] = await lockRows(tx, 'source', sources, { where, strength: 'no key update' })
  return row ?? null
}

/** `key share` lets the lease be renewed, and stands against another holder. Null when there is none. */
export async function lockLease(
  tx: Tx,
  where: SQL | undefined,
  strength: LockStrength,
): Promise<typeof sessionLeases.$inferSelect | null> {
  const [row] = await lockRows(tx, 'lease', sessionLeases, { where, strength })
  return row ?? null
}

/** Null when there is none. */
export async function lockSession(
  tx: Tx,
  where: SQL | undefined,
  strength: LockStrength,
): Promise<typeof sessions.$inferSelect | null> {
  const [row] = await lockRows(tx, 'session', sessions, { where, strength })
  return row ?? null
}

/** Which bytes on which target; they have no row of their own. */
export interface Content {
  readonly target: NonNullable<(typeof sources.$inferSelect)['target']>
  readonly size: number
  readonly sha256: string
}

/** One transaction at a time has a content's lock. Several contents are locked in one order, whatever order they have. */
export async function lockContents(tx: Tx, contents: readonly Content[]): Promise<void> {
  advance(tx, 'content')
  const names = contents.map(({ target, size, sha256 }) => `${target} ${sha256} ${size}`)
  await tx.execute(sql`
    select pg_advisory_xact_lock(key), ${withIdleLimit}
    from (
      select distinct hashtextextended(name, 0) as key
      from json_array_elements_text(${JSON.stringify(names)}::json) as name
      order by key) as keys`)
}

/** Locks a run as it is, or also against new log lines (`update`). Null when there is none. */
export async function lockRun(
  tx: Tx,
  where: SQL | undefined,
  strength: LockStrength = 'no key update',
): Promise<typeof runs.$inferSelect | null> {
  const [row] = await lockRows(tx, 'run', runs, { where, strength })
  return row ?? null
}
