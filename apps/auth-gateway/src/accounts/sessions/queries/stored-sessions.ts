import { ownerKey, type Owner, type SessionOrigin } from '@telegather/contracts'
import {
  ownedBy,
  sessions,
  storedOwner,
  type Db,
  type DbOrTx,
  type DeviceDescription,
  type Tx,
} from '@telegather/db'
import { and, eq, inArray, ne, notInArray, sql } from 'drizzle-orm'

/** A session with its sealed login, for storing and retiring logins. */
export type StoredSession = typeof sessions.$inferSelect

/** States of a login that Telegram knows. */
const WORKING = ['active', 'paused'] as const

/** Whether Telegram knows the session's login, as far as is known here. */
export function works({ state }: StoredSession): boolean {
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
): Promise<StoredSession | null> {
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
): Promise<StoredSession | null> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`${ownerKey(owner)} ${telegramUserId}`}, 0))`,
  )
  return findSessionOf(tx, { owner, telegramUserId })
}

export async function findSessionOf(
  db: DbOrTx,
  { owner, telegramUserId }: { owner: Owner; telegramUserId: bigint },
): Promise<StoredSession | null> {
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
