import type { Actor, ProblemCode } from '@telegather/contracts'
import { recordAudit, type Tx } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { z } from 'zod'
import type { LoginDeps } from './deps.ts'
import {
  insertTempSession,
  lockTempSession,
  selectTempSession,
  updateTempSession,
  type TempSessionRow,
} from './queries.ts'
import { sealLogin, type SealedLogin } from './sealed-login.ts'

const LOGIN_LIFETIME_MS = 5 * 60_000

const TempSessionId = z.uuid()

/** The outcome of a step: a result, or an error that is thrown after the step's writes are committed. */
export type Outcome<T> = { readonly done: T } | { readonly refused: Error }

export interface NewTempSession {
  readonly sessionName: string
  readonly phoneNumber: string | null
  readonly sealed: SealedLogin
}

/** Stores a started login for 5 minutes. Returns its id. */
export async function createTempSession(
  { db, keys }: LoginDeps,
  actor: Actor,
  { sessionName, phoneNumber, sealed }: NewTempSession,
): Promise<string> {
  const id = uuidv7()
  const { owner } = actor
  const encryptedLogin = sealLogin(keys, sealed)
  await db.transaction(async (tx) => {
    await insertTempSession(
      tx,
      { id, owner, sessionName, phoneNumber, encryptedLogin, step: sealed.step },
      LOGIN_LIFETIME_MS,
    )
    await recordAudit(tx, actor, {
      action: 'login.started',
      objectId: id,
      details: { session_name: sessionName },
    })
  })
  return id
}

/**
 * The login with this id, locked until the transaction ends, so that its steps run one at a time. Throws
 * `temp_session_not_found` when it is unknown, of another owner, completed, or expired, or the id is malformed.
 */
export async function openTempSession(tx: Tx, actor: Actor, id: string): Promise<TempSessionRow> {
  const row = isTempSessionId(id) ? await lockTempSession(tx, actor.owner, id) : null
  if (!row) throw tempSessionNotFound()
  return row
}

/** The login with this id, without a lock. Throws like `openTempSession`. */
export async function findTempSession(
  { db }: LoginDeps,
  actor: Actor,
  id: string,
): Promise<TempSessionRow> {
  const row = isTempSessionId(id) ? await selectTempSession(db, actor.owner, id) : null
  if (!row) throw tempSessionNotFound()
  return row
}

function isTempSessionId(id: string): boolean {
  return TempSessionId.safeParse(id).success
}

/** Executes one step of a login, in a transaction of its own that locks the login. */
export async function takeStep<T>(
  { stepDb }: LoginDeps,
  actor: Actor,
  id: string,
  step: (tx: Tx, row: TempSessionRow) => Promise<Outcome<T>>,
): Promise<T> {
  const outcome = await stepDb.transaction(async (tx) =>
    step(tx, await openTempSession(tx, actor, id)),
  )
  if ('refused' in outcome) throw outcome.refused
  return outcome.done
}

export async function saveStep(
  { keys }: LoginDeps,
  tx: Tx,
  row: TempSessionRow,
  sealed: SealedLogin,
): Promise<void> {
  await updateTempSession(tx, row.id, {
    step: sealed.step,
    encryptedLogin: sealLogin(keys, sealed),
  })
}

export function refuse(code: ProblemCode, detail: string): { refused: Error } {
  return { refused: new DomainError(code, detail) }
}

export function tempSessionNotFound(): DomainError {
  return new DomainError('temp_session_not_found', 'Temp session not found')
}
