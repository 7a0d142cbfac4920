import type { Actor } from '@telegather/contracts'
import { DomainError } from '@telegather/service'
import { FloodWait, startLogin, type CodeDelivery } from '@telegather/telegram'
import { normalisePhoneNumber } from '../sessions/phone-number.ts'
import { sessionNameTaken } from '../sessions/queries/stored-sessions.ts'
import { invalidPhoneNumber, sessionNameConflict } from '../sessions/refusals.ts'
import type { LoginDeps } from './deps.ts'
import { confirmElsewhere } from './refusals.ts'
import { createTempSession } from './temp-session.ts'

export interface CodeSent {
  readonly phoneNumber: string
  readonly tempSessionId: string
  readonly phoneCodeHash: string
  readonly delivery: CodeDelivery
}

/** Makes Telegram send a code (`auth.sendCode`), and stores the login for 5 minutes. */
export async function sendOtp(
  deps: LoginDeps,
  actor: Actor,
  input: { phoneNumber: string; sessionName: string; address: string },
): Promise<CodeSent> {
  const { sessionName, address } = input
  const phoneNumber = normalisePhoneNumber(input.phoneNumber)
  if (phoneNumber === null) throw invalidPhoneNumber()
  if (await sessionNameTaken(deps.db, actor.owner, { sessionName, byOtherThan: phoneNumber }))
    throw sessionNameConflict(sessionName)

  const result = await deps.limits.spend({ phoneNumber, address }, () =>
    startLogin(deps.telegram, { phoneNumber }),
  )
  switch (result.status) {
    case 'phone_invalid':
      throw invalidPhoneNumber()
    case 'phone_banned':
      throw new DomainError('account_banned', 'Telegram has banned this phone number')
    case 'app_needed':
      throw confirmElsewhere(result.delivery)
    case 'flood_wait':
      throw new FloodWait(result.seconds)
    case 'code_sent': {
      const { login, phoneCodeHash, delivery } = result
      const sealed = { step: 'code', login } as const
      const tempSessionId = await createTempSession(deps, actor, {
        sessionName,
        phoneNumber,
        sealed,
      })
      return { phoneNumber, tempSessionId, phoneCodeHash, delivery }
    }
  }
}
