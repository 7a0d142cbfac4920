import { lockLease, sessionLeases, sessions, type Db, type DbOrTx, type Tx } from '@telegather/db'
import { and, eq, inArray, or, sql } from 'drizzle-orm'
import type { Loss } from './session-errors.ts'
import type { LeaseTimings } from './timings.ts'

export type SessionRow = typeof sessions.$inferSelect

/** A process that may hold leases. */
export interface Holder {
  readonly id: string
  /** The service that the process runs. */
  readonly kind: string
}

/** One term of a session's lease, from claim to end. The epoch numbers the terms and is the fencing token of writes. */
export interface Term {
  readonly sessionId: number
  readonly epoch: number
}

const milliseconds = (ms: number) => sql`${ms} * interval '1 millisecond'`

export async function findSession(db: Db, sessionId: number): Promise<SessionRow | null> {
  const [row] = await db.select().from(sessions).where(eq(sessions.id, sessionId))
  return row ?? null
}

/** Replaces the stored login; false when it is no longer `from`. */
export async function saveAuth(
  db: DbOrTx,
  sessionId: number,
  change: { from: string; to: string },
): Promise<boolean> {
  const rows = await db
    .update(sessions)
    .set({ encryptedAuth: change.to })
    .where(and(eq(sessions.id, sessionId), eq(sessions.encryptedAuth, change.from)))
    .returning({ id: sessions.id })
  return rows.length > 0
}

/** Marks the login as lost, unless another login has been stored since. */
export async function markLost(
  db: DbOrTx,
  sessionId: number,
  { encryptedAuth, loss }: { encryptedAuth: string; loss: Loss },
): Promise<void> {
  await db
    .update(sessions)
    .set({ state: loss.state, stateReason: loss.reason, updatedAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), eq(sessions.encryptedAuth, encryptedAuth)))
}

/** Stores the flood wait of one TL method. `flood_wait_until` is the latest end of all waits. */
export async function noteFloodWait(
  db: Db,
  sessionId: number,
  { method, seconds }: { method: string; seconds: number },
): Promise<void> {
  const until = sql`now() + ${seconds} * interval '1 second'`
  await db
    .update(sessions)
    .set({
      floodWaitUntil: sql`greatest(${sessions.floodWaitUntil}, ${until})`,
      floodWaits: sql`${sessions.floodWaits} || jsonb_build_object(${method}::text, ${until})`,
    })
    .where(eq(sessions.id, sessionId))
}

/**
 * Claims the lease of a session and returns the epoch of the new term. Null while another holder's lease or the grace
 * period after it lasts, and while a transaction has locked the lease. Skips locked rows instead of waiting, because the
 * same connection renews the leases of other sessions.
 */
export async function claimLease(
  db: Db,
  sessionId: number,
  holder: Holder,
  { leaseMs, graceMs }: LeaseTimings,
): Promise<number | null> {
  const expiresAt = sql`clock_timestamp() + ${milliseconds(leaseMs)}`
  const term = { holderId: holder.id, holderKind: holder.kind, expiresAt }
  const isFree = sql`${sessionLeases.expiresAt} + ${milliseconds(graceMs)} < clock_timestamp()`
  const free = db
    .select({ sessionId: sessionLeases.sessionId })
    .from(sessionLeases)
    .where(and(eq(sessionLeases.sessionId, sessionId), isFree))
    .for('update', { skipLocked: true })
  const [next] = await db
    .update(sessionLeases)
    .set({ ...term, epoch: sql`${sessionLeases.epoch} + 1` })
    .where(inArray(sessionLeases.sessionId, free))
    .returning({ epoch: sessionLeases.epoch })
  if (next) return next.epoch
  const [first] = await db
    .insert(sessionLeases)
    .values({ sessionId, epoch: 1, ...term })
    .onConflictDoNothing()
    .returning({ epoch: sessionLeases.epoch })
  return first?.epoch ?? null
}

/** Renews these leases, except those that have ended, and returns the renewed ones. */
export async function renewLeases(
  db: Db,
  terms: readonly Term[],
  leaseMs: number,
): Promise<Term[]> {
  const isOneOf = or(...terms.map(ofTerm))
  return db
    .update(sessionLeases)
    .set({ expiresAt: sql`clock_timestamp() + ${milliseconds(leaseMs)}` })
    .where(and(isOneOf, sql`${sessionLeases.expiresAt} > clock_timestamp()`))
    .returning({ sessionId: sessionLeases.sessionId, epoch: sessionLeases.epoch })
}

/** Ends the lease without a grace period: the next holder need not wait. */
export async function releaseLease(db: Db, term: Term): Promise<void> {
  await db
    .update(sessionLeases)
    .set({ expiresAt: sql`'-infinity'` })
    .where(ofTerm(term))
}

function ofTerm({ sessionId, epoch }: Term) {
  return and(eq(sessionLeases.sessionId, sessionId), eq(sessionLeases.epoch, epoch))
}

/**
 * Ends the current term of the session, unless it is the term of `lease`. Its holder disconnects when the next renewal
 * fails. Returns the milliseconds for which that holder may still be connected; 0 when it is not.
 */
export async function endTerm(
  tx: Tx,
  sessionId: number,
  { lease, graceMs }: { lease: Term | null; graceMs: number },
): Promise<number> {
  const isSession = eq(sessionLeases.sessionId, sessionId)
  const row = await lockLease(tx, isSession, 'update')
  if (!row || row.epoch === lease?.epoch) return 0
  const [ended] = await tx
    .update(sessionLeases)
    .set({ epoch: sql`${sessionLeases.epoch} + 1`, holderId: sql`gen_random_uuid()` })
    .where(isSession)
    .returning({ busyMs: millisecondsToEnd(graceMs) })
  return ended?.busyMs ?? 0
}

/**
 * Locks the term until the transaction ends, so that no other term begins before. Returns false when another term has
 * begun. Renewals go on: a key share lock conflicts with `for update`, not with the update of a renewal. The setting
 * `telegather.epoch` gives the epoch to triggers that check the transaction's writes.
 */
export async function lockTerm(tx: Tx, { sessionId, epoch }: Term): Promise<boolean> {
  const isTerm = and(eq(sessionLeases.sessionId, sessionId), eq(sessionLeases.epoch, epoch))
  const [lease] = await Promise.all([
    lockLease(tx, isTerm, 'key share'),
    tx.execute(sql`select set_config('telegather.epoch', ${String(epoch)}, true)`),
  ])
  return lease !== null
}

/** Milliseconds until any process may claim the session, if its lease is not renewed. */
export async function millisecondsToClaim(
  db: Db,
  sessionId: number,
  graceMs: number,
): Promise<number> {
  const [row] = await db
    .select({ ms: millisecondsToEnd(graceMs) })
    .from(sessionLeases)
    .where(eq(sessionLeases.sessionId, sessionId))
  return row?.ms ?? 0
}

/** Milliseconds until the term and the grace period after it are over. */
function millisecondsToEnd(graceMs: number) {
  const left = sql`${sessionLeases.expiresAt} + ${milliseconds(graceMs)} - clock_timestamp()`
  return sql<number>`case when isfinite(${sessionLeases.expiresAt})
    then greatest(0, extract(epoch from ${left}) * 1000) else 0 end::float8`
}
