import type { Actor, AuditDetails } from '@telegather/contracts'
import { recordAudit, type Tx } from '@telegather/db'
import { DomainError } from '@telegather/service'
import {
  FloodWait,
  submitCode,
  submitPassword,
  type SubmitCodeResult,
  type SubmitPasswordResult,
} from '@telegather/telegram'
import { accountBanned } from '../sessions/refusals.ts'
import type { LoginDeps } from './deps.ts'
import { endLogin } from './end-login.ts'
import { deleteTempSession, updateTempSession, type TempSessionRow } from './queries.ts'
import { unsealLogin, type SealedLogin } from './sealed-login.ts'
import { refuse, saveStep, takeStep, tempSessionNotFound, type Outcome } from './temp-session.ts'

export interface Verification {
  readonly tempSessionId: string
  /** Null for a login by QR code. */
  readonly code: string | null
  readonly password: string | null
}

type Verified = Outcome<{ readonly requiresPassword: boolean }>

type Result = Exclude<SubmitCodeResult, { status: 'password_needed' }> | SubmitPasswordResult

/** A login that is locked by this transaction. */
interface Step {
  readonly deps: LoginDeps
  readonly actor: Actor
  readonly tx: Tx
  readonly row: TempSessionRow
}

/**
 * Sends the code to Telegram (`auth.signIn`) and, when Telegram requires one, the password (`auth.checkPassword`). After
 * `triesPerCode` refused tries (5 by default) the login ends. An accepted code is saved even when the password is refused.
 */
export async function verifyOtp(
  deps: LoginDeps,
  actor: Actor,
  input: Verification,
): Promise<{ requiresPassword: boolean }> {
  return takeStep(deps, actor, input.tempSessionId, (tx, row) =>
    verify({ deps, actor, tx, row }, input),
  )
}

async function verify(step: Step, { code, password }: Verification): Promise<Verified> {
  const { deps, tx, row } = step
  let sealed = unsealLogin(deps.keys, row.encryptedLogin)
  if (sealed.step === 'signed_in') return { done: { requiresPassword: false } }
  if (sealed.step === 'qr')
    return refuse('login_incomplete', 'The QR code has not been scanned yet')

  if (sealed.step === 'code') {
    if (code === null) return refuse('code_required', 'code: the code that Telegram sent is needed')
    const result = await submitCode(deps.telegram, sealed.login, code)
    if (result.status !== 'password_needed') return applyResult(step, sealed, result)
    sealed = { step: 'password', login: result.login }
    await saveStep(deps, tx, row, sealed)
  }
  if (password === null) return { done: { requiresPassword: true } }
  return applyResult(step, sealed, await submitPassword(deps.telegram, sealed.login, password))
}

async function applyResult(step: Step, sealed: SealedLogin, result: Result): Promise<Verified> {
  const { deps, tx, row } = step
  if (result.status === 'flood_wait') return { refused: new FloodWait(result.seconds) }
  if (result.status === 'signed_in') {
    await saveStep(deps, tx, row, { step: 'signed_in', signedIn: result })
    await audit(step, 'login.verified')
    return { done: { requiresPassword: false } }
  }
  await audit(step, 'login.refused', { reason: result.status })
  switch (result.status) {
    case 'code_invalid':
      return refuseTry(step, sealed, new DomainError('code_invalid', 'Invalid OTP code'))
    case 'password_invalid':
      return refuseTry(step, sealed, new DomainError('password_invalid', 'Invalid password'))
    case 'code_expired':
      await deleteTempSession(tx, row.id)
      return { refused: tempSessionNotFound() }
    case 'sign_up_needed':
      await deleteTempSession(tx, row.id)
      return refuse(
        'no_telegram_account',
        'This phone number has no Telegram account; create one in a Telegram app first',
      )
    case 'account_banned':
      await deleteTempSession(tx, row.id)
      return { refused: accountBanned() }
  }
}

async function refuseTry(
  { deps, tx, row }: Step,
  sealed: SealedLogin,
  refused: DomainError,
): Promise<Verified> {
  const attempts = row.attempts + 1
  if (attempts < deps.limits.triesPerCode) await updateTempSession(tx, row.id, { attempts })
  else {
    await deleteTempSession(tx, row.id)
    await endLogin(deps.telegram, sealed)
  }
  return { refused }
}

async function audit(
  { actor, tx, row }: Step,
  action: 'login.verified' | 'login.refused',
  details: AuditDetails = {},
): Promise<void> {
  await recordAudit(tx, actor, {
    action,
    objectId: row.id,
    details: { session_name: row.sessionName, ...details },
  })
}
