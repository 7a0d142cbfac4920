import { ownerKey, type Owner, type SessionOrigin } from '@telegather/contracts'
import {
  ownedBy,
  rateLimits,
  sessions,
  storedOwner,
  tempSessions,
  type Db,
  type DbOrTx,
  type DeviceDescription,
  type Tx,
} from '@telegather/db'
import { and, asc, eq, gt, inArray, lte, ne, notInArray, sql } from 'drizzle-orm'

export type TempSessionRow = typeof tempSessions.$inferSelect
export type SessionRow = typeof sessions.$inferSelect

/** States of a login that Telegram knows. */
const WORKING = ['active', 'paused'] as const

/** Whether Telegram knows the session's login, as far as is known here. */
export function works({ state }: SessionRow): boolean {
  return WORKING.some((one) => one === state)
}

/**
 * Whether another account's session has this name: one of another phone number or, where that is not known yet, an
 * active one. Whoever logs in again may use the same name.
 */
export async function sessionNameTaken(
  db: DbOrTx,
  owner: Owner,
  { sessionName, byOtherThan }: { sessionName: string; byOtherThan?: string },
): Promise<boolean> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        ownedBy(sessions, owner),
        eq(sessions.sessionName, sessionName),
        byOtherThan === undefined
          ? inArray(sessions.state, [...WORKING])
          : ne(sessions.phoneNumber, byOtherThan),
      ),
    )
  return rows.length > 0
}

export async function insertTempSession(
  tx: Tx,
  {
    owner,
    ...values
  }: Pick<
    typeof tempSessions.$inferInsert,
    'id' | 'sessionName' | 'phoneNumber' | 'encryptedLogin' | 'step'
  > & { readonly owner: Owner },
  lifetimeMs: number,
): Promise<void> {
  await tx.insert(tempSessions).values({
    ...values,
    ...storedOwner(owner),
    expiresAt: sql`now() + ${lifetimeMs} * interval '1 millisecond'`,
  })
}

/** Null once the login has expired, and for anybody else's. */
export async function lockTempSession(
  tx: Tx,
  owner: Owner,
  id: string,
): Promise<TempSessionRow | null> {
  const [row] = await liveTempSession(tx, owner, id).for('update')
  return row ?? null
}

export async function selectTempSession(
  db: Db,
  owner: Owner,
  id: string,
): Promise<TempSessionRow | null> {
  const [row] = await liveTempSession(db, owner, id)
  return row ?? null
}

function liveTempSession(db: DbOrTx, owner: Owner, id: string) {
  return db
    .select()
    .from(tempSessions)
    .where(
      and(
        ownedBy(tempSessions, owner),
        eq(tempSessions.id, id),
        gt(tempSessions.expiresAt, sql`now()`),
      ),
    )
}

export async function updateTempSession(
  tx: Tx,
  id: string,
  values: Partial<Pick<TempSessionRow, 'step' | 'attempts' | 'encryptedLogin'>>,
): Promise<void> {
  await tx.update(tempSessions).set(values).where(eq(tempSessions.id, id))
}

export async function deleteTempSession(tx: Tx, id: string): Promise<void> {
  await tx.delete(tempSessions).where(eq(tempSessions.id, id))
}

const isExpired = lte(tempSessions.expiresAt, sql`now()`)

/** Those that expired first. */
export async function selectExpiredTempSessions(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: tempSessions.id })
    .from(tempSessions)
    .where(isExpired)
    .orderBy(asc(tempSessions.expiresAt))
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Null when it is gone, or another replica is at it. */
export async function lockExpiredTempSession(tx: Tx, id: string): Promise<TempSessionRow | null> {
  const [row] = await tx
    .select()
    .from(tempSessions)
    .where(and(eq(tempSessions.id, id), isExpired))
    .for('update', { skipLocked: true })
  return row ?? null
}

/** Forgets counters whose time is over. */
export async function deleteExpiredRateLimits(db: Db): Promise<void> {
  await db.delete(rateLimits).where(lte(rateLimits.expire, sql`now()`))
}

export interface NewLogin {
  readonly owner: Owner
  readonly sessionName: string
  readonly phoneNumber: string
  readonly origin: SessionOrigin
  readonly telegramUserId: bigint
  readonly authKeyId: bigint
  readonly encryptedAuth: string
  readonly apiId: number
  readonly encryptedApiHash: string
  readonly device: DeviceDescription
}

/** A new session, or the account's present one with the new login; null when that one may not be replaced. */
export async function upsertSession(
  tx: Tx,
  { owner, ...values }: NewLogin,
  replace: 'any' | 'inactive',
): Promise<SessionRow | null> {
  const login = { ...storedOwner(owner), ...values }
  const [row] = await tx
    .insert(sessions)
    .values(login)
    .onConflictDoUpdate({
      target: [sessions.ownerKind, sessions.ownerId, sessions.telegramUserId],
      set: {
        ...login,
        state: 'active',
        stateReason: null,
        floodWaitUntil: null,
        floodWaits: {},
        updatedAt: sql`now()`,
      },
      ...(replace === 'inactive' && { setWhere: notInArray(sessions.state, [...WORKING]) }),
    })
    .returning()
  return row ?? null
}

/** Makes imports of the same key wait for each other until the transaction ends. */
export async function lockAuthKey(tx: Tx, authKeyId: bigint): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${authKeyId})`)
}

export async function findSessionWithKey(
  db: Db,
  authKeyId: bigint,
): Promise<{ id: number } | null> {
  const [row] = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(eq(sessions.authKeyId, authKeyId))
  return row ?? null
}

/** The account's session; none comes into being or changes its login before the transaction ends. */
export async function lockAccount(
  tx: Tx,
  { owner, telegramUserId }: { owner: Owner; telegramUserId: bigint },
): Promise<SessionRow | null> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`${ownerKey(owner)} ${telegramUserId}`}, 0))`,
  )
  return findSessionOf(tx, { owner, telegramUserId })
}

export async function findSessionOf(
  db: DbOrTx,
  { owner, telegramUserId }: { owner: Owner; telegramUserId: bigint },
): Promise<SessionRow | null> {
  const [row] = await db
    .select()
    .from(sessions)
    .where(and(ownedBy(sessions, owner), eq(sessions.telegramUserId, telegramUserId)))
  return row ?? null
}

/** Whether a session that works, whoever's, has this very key. */
export async function authKeyInUse(db: Db, authKeyId: bigint): Promise<boolean> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.authKeyId, authKeyId), inArray(sessions.state, [...WORKING])))
  return rows.length > 0
}
