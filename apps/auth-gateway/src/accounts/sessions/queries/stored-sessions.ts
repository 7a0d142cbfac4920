import { ownerKey, type Owner, type SessionOrigin } from '@telegather/contracts'
import {
  lockName,
  ownedBy,
  sessions,
  storedOwner,
  type Db,
  type DbOrTx,
  type DeviceDescription,
  type Tx,
} from '@telegather/db'
import { and, eq, inArray, ne, notInArray, sql } from 'drizzle-orm'

/** A session with its encrypted login, for storing and retiring logins. */
export type StoredSession = typeof sessions.$inferSelect

/** States of sessions whose login is valid, according to the last call. */
const VALID_STATES = ['active', 'paused'] as const

/** True while Telegram has not refused the session's login. */
export function isLoginValid({ state }: StoredSession): boolean {
  return VALID_STATES.some((valid) => valid === state)
}

/**
 * True when a session of another account has this name. With `byOtherThan`, that is a session of another phone number, so
 * the same account may log in again under its name; without it, any session whose login is valid.
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
          ? inArray(sessions.state, [...VALID_STATES])
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

/** Inserts a session, or gives the account's current session the login. Null when that one may not be replaced. */
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
      ...(replace === 'inactive' && { setWhere: notInArray(sessions.state, [...VALID_STATES]) }),
    })
    .returning()
  return row ?? null
}

/** Serialises imports of the same key, with an advisory lock until the transaction ends. */
export async function lockAuthKey(tx: Tx, authKeyId: bigint): Promise<void> {
  await lockName(tx, 'auth key', String(authKeyId))
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

/** The account's session. An advisory lock keeps other transactions from adding one, or changing its login. */
export async function lockAccount(
  tx: Tx,
  { owner, telegramUserId }: { owner: Owner; telegramUserId: bigint },
): Promise<StoredSession | null> {
  await lockName(tx, 'account', `${ownerKey(owner)} ${telegramUserId}`)
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

/** True when a session of any owner with a valid login has this key. */
export async function authKeyInUse(db: Db, authKeyId: bigint): Promise<boolean> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.authKeyId, authKeyId), inArray(sessions.state, [...VALID_STATES])))
  return rows.length > 0
}
