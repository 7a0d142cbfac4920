import { sql, type SQL } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Tx } from './connection.ts'
import { runs } from './schema/runs.ts'
import { sessionLeases } from './schema/session-leases.ts'
import { sessions } from './schema/sessions.ts'
import { sources } from './schema/sources.ts'

/**
 * Lock order. Every transaction takes its locks in this order, which prevents deadlocks. A transaction may skip kinds and
 * may lock several rows of one kind.
 *
 * Writing a row locks it. Foreign keys lock too: writing `runs.session_id` or `sources.session_id` locks the session, and
 * inserting a run locks its source.
 */
const ORDER = [
  'source',
  'auth key',
  'account',
  'bot',
  'lease',
  'session',
  'content',
  'run',
] as const
type Kind = (typeof ORDER)[number]

/**
 * Row lock of `select … for`. `key share` prevents deleting the row but allows updates. `no key update` prevents updates
 * too. `update` also conflicts with `key share`.
 */
export type LockStrength = 'key share' | 'no key update' | 'update'

/** Idle-in-transaction timeout of a transaction that holds one of these locks, because its process may be frozen. */
const IDLE_WITH_LOCK_MS = 5_000

const withIdleLimit = sql`set_config('idle_in_transaction_session_timeout', ${String(IDLE_WITH_LOCK_MS)}, true)`

/** Index in `ORDER` of the last lock that each transaction took. */
const reached = new WeakMap<Tx, number>()

/** Throws when the lock violates the lock order, which could cause a deadlock. */
function checkOrder(tx: Tx, kind: Kind): void {
  const rank = ORDER.indexOf(kind)
  const before = reached.get(tx) ?? 0
  if (rank < before)
    throw new Error(`a transaction must lock the ${kind} before it locks the ${ORDER[before]}`)
  reached.set(tx, rank)
}

interface Lock {
  readonly where: SQL | undefined
  readonly strength: LockStrength
}

/** Locks the matching rows until the transaction ends and returns them. */
async function lockRows<Of extends PgTable>(
  tx: Tx,
  kind: Kind,
  table: Of,
  { where, strength }: Lock,
): Promise<Of['$inferSelect'][]> {
  checkOrder(tx, kind)
  const rows = await tx
    .select({ row: table, idleLimit: withIdleLimit })
    .from<PgTable>(table)
    .where(where)
    .for(strength)
  return rows.map(({ row }) => row as Of['$inferSelect'])
}

/** Locks a source against updates. Null when no row matches. */
export async function lockSource(
  tx: Tx,
  where: SQL | undefined,
): Promise<typeof sources.$inferSelect | null> {
  const [row] = await lockRows(tx, 'source', sources, { where, strength: 'no key update' })
  return row ?? null
}

interface SourceClaim extends Lock {
  readonly orderBy: SQL
  readonly limit: number
  /** Keeps the pool's idle-in-transaction timeout, for a claim that waits for something else than Postgres. */
  readonly keepsPoolLimit?: boolean
}

/**
 * Locks the matching sources until the transaction ends. Sources that another transaction has locked are skipped: a claim
 * waits for no lock.
 */
export async function claimSources(
  tx: Tx,
  { where, strength, orderBy, limit, keepsPoolLimit = false }: SourceClaim,
): Promise<(typeof sources.$inferSelect)[]> {
  checkOrder(tx, 'source')
  if (!keepsPoolLimit) await tx.execute(sql`select ${withIdleLimit}`)
  return tx
    .select()
    .from(sources)
    .where(where)
    .orderBy(orderBy)
    .limit(limit)
    .for(strength, { skipLocked: true })
}

/**
 * Takes an exclusive advisory lock on what has no row yet: the import of an auth key, or the session of an account or a
 * bot. Sets no idle-in-transaction timeout: the import of an auth key calls Telegram in this transaction.
 */
export async function lockName(
  tx: Tx,
  kind: 'auth key' | 'account' | 'bot',
  name: string,
): Promise<void> {
  checkOrder(tx, kind)
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${kind} ${name}`}, 0))`)
}

/** Locks a lease. `key share` allows a renewal but not another holder. Null when no row matches. */
export async function lockLease(
  tx: Tx,
  where: SQL | undefined,
  strength: LockStrength,
): Promise<typeof sessionLeases.$inferSelect | null> {
  const [row] = await lockRows(tx, 'lease', sessionLeases, { where, strength })
  return row ?? null
}

/** Locks a session. Null when no row matches. */
export async function lockSession(
  tx: Tx,
  where: SQL | undefined,
  strength: LockStrength,
): Promise<typeof sessions.$inferSelect | null> {
  const [row] = await lockRows(tx, 'session', sessions, { where, strength })
  return row ?? null
}

/** A file content on a target, identified by its hash. It has no row of its own. */
export interface Content {
  readonly target: NonNullable<(typeof sources.$inferSelect)['target']>
  readonly size: number
  readonly sha256: string
}

/** Takes exclusive advisory locks on file contents. They are locked in sorted order, so the argument's order is irrelevant. */
export async function lockContents(tx: Tx, contents: readonly Content[]): Promise<void> {
  checkOrder(tx, 'content')
  const names = contents.map(({ target, size, sha256 }) => `${target} ${sha256} ${size}`)
  await tx.execute(sql`
    select pg_advisory_xact_lock(key), ${withIdleLimit}
    from (
      select distinct hashtextextended(name, 0) as key
      from json_array_elements_text(${JSON.stringify(names)}::json) as name
      order by key) as keys`)
}

/** Locks a run against updates; `update` also blocks new log lines. Null when no row matches. */
export async function lockRun(
  tx: Tx,
  where: SQL | undefined,
  strength: LockStrength = 'no key update',
): Promise<typeof runs.$inferSelect | null> {
  const [row] = await lockRows(tx, 'run', runs, { where, strength })
  return row ?? null
}
