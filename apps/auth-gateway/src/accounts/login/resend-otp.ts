import type { Actor } from '@telegather/contracts'
import { recordAudit, type Tx } from '@telegather/db'
import { FloodWait, resendCode } from '@telegather/telegram'
import { accountBanned } from '../sessions/refusals.ts'
import type { LoginDeps } from './deps.ts'
import { endLogin } from './end-login.ts'
import { deleteTempSession, updateTempSession, type TempSessionRow } from './queries.ts'
import { confirmElsewhere } from './refusals.ts'
import { unsealLogin } from './sealed-login.ts'
import type { CodeSent } from './send-otp.ts'
import {
  findTempSession,
  refuse,
  saveStep,
  takeStep,
  tempSessionNotFound,
  type Outcome,
} from './temp-session.ts'

/** Makes Telegram send another code (`auth.resendCode`). The number of tries starts again. */
export async function resendOtp(
  deps: LoginDeps,
  actor: Actor,
  { tempSessionId, address }: { tempSessionId: string; address: string },
): Promise<CodeSent> {
  // Counted before the login is locked, because a transaction with a lock must not wait for another connection.
  const { phoneNumber } = await findTempSession(deps, actor, tempSessionId)
  return deps.limits.spend({ phoneNumber, address }, () =>
    takeStep(deps, actor, tempSessionId, async (tx, row) => {
      const outcome = await resend(deps, tx, row)
      if ('done' in outcome)
        await recordAudit(tx, actor, {
          action: 'login.code_resent',
          objectId: row.id,
          details: { session_name: row.sessionName },
        })
      return outcome
    }),
  )
}

async function resend(deps: LoginDeps, tx: Tx, row: TempSessionRow): Promise<Outcome<CodeSent>> {
  const sealed = unsealLogin(deps.keys, row.encryptedLogin)
  if (sealed.step !== 'code') return refuse('code_not_resendable', 'This login waits for no code')
  const result = await resendCode(deps.telegram, sealed.login)
  switch (result.status) {
    case 'code_sent': {
      const { login, phoneCodeHash, delivery } = result
      await saveStep(deps, tx, row, { step: 'code', login })
      await updateTempSession(tx, row.id, { attempts: 0 })
      const { phoneNumber } = login
      return { done: { phoneNumber, tempSessionId: row.id, phoneCodeHash, delivery } }
    }
    case 'no_other_way':
      return refuse('code_not_resendable', 'Telegram has no other way to send the code')
    case 'app_needed':
      return { refused: confirmElsewhere(result.delivery) }
    case 'flood_wait':
      return { refused: new FloodWait(result.seconds) }
    case 'code_expired':
      await endLogin(deps.telegram, sealed)
      await deleteTempSession(tx, row.id)
      return { refused: tempSessionNotFound() }
    case 'account_banned':
      await deleteTempSession(tx, row.id)
      return { refused: accountBanned() }
  }
}
