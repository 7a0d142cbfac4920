import {
  belongsTo,
  lockLease,
  sessionLeases,
  sessions,
  type Db,
  type DbOrTx,
  type Tx,
} from '@telegather/db'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Loss } from './session-errors.ts'
import type { OwnershipTimings } from './timings.ts'

export type SessionRow = typeof sessions.$inferSelect

export interface Owner {
  readonly id: string
  readonly kind: string
}

/** One owner's time with a session; writes made on its behalf name it. */
export interface Term {
  readonly sessionId: number
  readonly epoch: number
}

const milliseconds = (ms: number) => sql`${ms} * interval '1 millisecond'`

export async function findSession(db: Db, sessionId: number): Promise<SessionRow | null> {
  const [row] = await db.select().from(sessions).where(eq(sessions.id, sessionId))
  return row ?? null
}

/**
 * The session that reads public channels for those who name none: the oldest active one of the same tenant's, or of
 * the operator's (null), that is meant for it.
 */
export async function findSessionForPublic(
  db: Db,
  tenantId: string | null,
): Promise<number | null> {
  const [row] = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        belongsTo(sessions.tenantId, tenantId),
        eq(sessions.state, 'active'),
        eq(sessions.useForPublic, true),
      ),
    )
    .orderBy(asc(sessions.id))
    .limit(1)
  return row?.id ?? null
}

/** Replaces the stored login, unless a newer one has taken its place. */
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

/** Marks the login as lost, unless a newer one has taken its place. */
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

/** Telegram asks the account to wait with a method; what is shown is the longest wait. */
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
 * The new term's epoch, or null while another owner has the session, may still be connected, or writes in a term
 * that is locked. Waits for nobody: the same connection renews the leases of other sessions.
 */
export async function claimLease(
  db: Db,
  sessionId: number,
  owner: Owner,
  { leaseMs, graceMs }: OwnershipTimings,
): Promise<number | null> {
  const expiresAt = sql`clock_timestamp() + ${milliseconds(leaseMs)}`
  const term = { ownerId: owner.id, ownerKind: owner.kind, expiresAt }
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

/** Prolongs every lease of the owner that has not ended, and answers which these are. */
export async function renewLeases(db: Db, ownerId: string, leaseMs: number): Promise<Term[]> {
  return db
    .update(sessionLeases)
    .set({ expiresAt: sql`clock_timestamp() + ${milliseconds(leaseMs)}` })
    .where(
      and(eq(sessionLeases.ownerId, ownerId), sql`${sessionLeases.expiresAt} > clock_timestamp()`),
    )
    .returning({ sessionId: sessionLeases.sessionId, epoch: sessionLeases.epoch })
}

/** Gives the session back: the next owner need not wait. */
export async function releaseLease(db: Db, { sessionId, epoch }: Term): Promise<void> {
  await db
    .update(sessionLeases)
    .set({ expiresAt: sql`'-infinity'` })
    .where(and(eq(sessionLeases.sessionId, sessionId), eq(sessionLeases.epoch, epoch)))
}

/**
 * Ends the session's term, unless it is the given lease's: its owner will disconnect when it next renews it. Answers
 * for how many milliseconds it may still be connected; 0 when nobody is.
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
    .set({ epoch: sql`${sessionLeases.epoch} + 1`, ownerId: sql`gen_random_uuid()` })
    .where(isSession)
    .returning({ busyMs: millisecondsToEnd(graceMs) })
  return ended?.busyMs ?? 0
}

/**
 * False when another term has begun. True locks this one: no other begins before the transaction ends, but it can be
 * prolonged: a key share lock stands against `for update`, and not against the update of a renewal. The setting
 * `telegather.epoch` tells whoever watches the transaction's writes in which term they are made.
 */
export async function lockTerm(tx: Tx, { sessionId, epoch }: Term): Promise<boolean> {
  const isTerm = and(eq(sessionLeases.sessionId, sessionId), eq(sessionLeases.epoch, epoch))
  const [lease] = await Promise.all([
    lockLease(tx, isTerm, 'key share'),
    tx.execute(sql`select set_config('telegather.epoch', ${String(epoch)}, true)`),
  ])
  return lease !== null
}

/** Milliseconds until anyone may claim the session, should its owner be dead. */
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

/** Until the term's end and the grace after it are over. */
function millisecondsToEnd(graceMs: number) {
  const left = sql`${sessionLeases.expiresAt} + ${milliseconds(graceMs)} - clock_timestamp()`
  return sql<number>`case when isfinite(${sessionLeases.expiresAt})
    then greatest(0, extract(epoch from ${left}) * 1000) else 0 end::float8`
}
