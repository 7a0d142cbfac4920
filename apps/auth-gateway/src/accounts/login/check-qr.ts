import type { Actor } from '@telegather/contracts'
import { recordAudit, type Tx } from '@telegather/db'
import { checkQrLogin, FloodWait, type QrLogin } from '@telegather/telegram'
import { accountBanned } from '../sessions/refusals.ts'
import type { LoginDeps } from './deps.ts'
import { deleteTempSession, type TempSessionRow } from './queries.ts'
import { unsealLogin } from './sealed-login.ts'
import type { QrState } from './start-qr.ts'
import { refuse, saveStep, takeStep, tempSessionNotFound, type Outcome } from './temp-session.ts'

/** Shortest interval between two calls. Each call may replace the code, and a person needs time to scan it. */
const CALL_EVERY_MS = 3_000

/** The state of a QR login, with a new code when the last one has expired. Throws `temp_session_not_found`. */
export async function checkQr(
  deps: LoginDeps,
  actor: Actor,
  tempSessionId: string,
): Promise<QrState> {
  const state = await takeCheck(deps, actor, tempSessionId)
  // Null: the account is in another data centre. The key for it is committed first, so that the sign-in cannot be lost.
  return state ?? (await checkQr(deps, actor, tempSessionId))
}

/** Checks once; null when another call is due at once. */
async function takeCheck(
  deps: LoginDeps,
  actor: Actor,
  tempSessionId: string,
): Promise<QrState | null> {
  return takeStep(deps, actor, tempSessionId, async (tx, row) => {
    const outcome = await check(deps, tx, row)
    const isSignedIn = 'done' in outcome && outcome.done?.status === 'ready'
    if (isSignedIn && row.step !== 'signed_in')
      await recordAudit(tx, actor, {
        action: 'login.verified',
        objectId: row.id,
        details: { session_name: row.sessionName },
      })
    return outcome
  })
}

async function check(
  deps: LoginDeps,
  tx: Tx,
  row: TempSessionRow,
): Promise<Outcome<QrState | null>> {
  const sealed = unsealLogin(deps.keys, row.encryptedLogin)
  switch (sealed.step) {
    case 'code':
      return refuse('login_not_by_qr', 'This login is not by QR code')
    case 'password':
      return { done: { tempSessionId: row.id, status: 'password_needed' } }
    case 'signed_in':
      return { done: { tempSessionId: row.id, status: 'ready' } }
    case 'qr':
      if (Date.now() - sealed.checkedAt < CALL_EVERY_MS) return waiting(row.id, sealed.login)
      return callTelegram(deps, tx, row, sealed.login)
  }
}

async function callTelegram(
  deps: LoginDeps,
  tx: Tx,
  row: TempSessionRow,
  login: QrLogin,
): Promise<Outcome<QrState | null>> {
  const result = await checkQrLogin(deps.telegram, login)
  switch (result.status) {
    case 'waiting':
      await saveStep(deps, tx, row, { step: 'qr', login: result.login, checkedAt: Date.now() })
      return waiting(row.id, result.login)
    case 'moved': {
      const moved = { ...login, ...result.login }
      await saveStep(deps, tx, row, { step: 'qr', login: moved, checkedAt: 0 })
      return { done: null }
    }
    case 'password_needed':
      await saveStep(deps, tx, row, { step: 'password', login: result.login })
      return { done: { tempSessionId: row.id, status: 'password_needed' } }
    case 'signed_in':
      await saveStep(deps, tx, row, { step: 'signed_in', signedIn: result })
      return { done: { tempSessionId: row.id, status: 'ready' } }
    case 'flood_wait':
      return { refused: new FloodWait(result.seconds) }
    case 'code_expired':
      await deleteTempSession(tx, row.id)
      return { refused: tempSessionNotFound() }
    case 'account_banned':
      await deleteTempSession(tx, row.id)
      return { refused: accountBanned() }
  }
}

function waiting(tempSessionId: string, { url, expiresAt }: QrLogin): Outcome<QrState> {
  return { done: { tempSessionId, status: 'waiting', url, expiresAt } }
}
