import { DomainError } from '@telegather/service'
import type { Actor } from '@telegather/contracts'
import { FloodWait, startQrLogin } from '@telegather/telegram'
import { sessionNameTaken } from '../sessions/queries/stored-sessions.ts'
import { sessionNameConflict } from '../sessions/refusals.ts'
import type { LoginDeps } from './deps.ts'
import { createTempSession } from './temp-session.ts'

/** The state of a QR login, with the code to show while it waits. */
export type QrState = {
  readonly tempSessionId: string
} & (
  | { readonly status: 'waiting'; readonly url: string; readonly expiresAt: string }
  | { readonly status: 'password_needed' | 'ready' }
)

/** Starts a login by QR code (`auth.exportLoginToken`), and stores it for 5 minutes. */
export async function startQr(
  deps: LoginDeps,
  actor: Actor,
  { sessionName, address }: { sessionName: string; address: string },
): Promise<QrState> {
  if (await sessionNameTaken(deps.db, actor.owner, { sessionName }))
    throw sessionNameConflict(sessionName)
  const result = await deps.limits.spend({ phoneNumber: null, address }, () =>
    startQrLogin(deps.telegram),
  )
  if (result.status === 'flood_wait') throw new FloodWait(result.seconds)
  // A new key cannot be signed in.
  if (result.status !== 'waiting')
    throw new DomainError('upstream_failed', `Telegram refused a new QR login: ${result.status}`)
  const { login } = result
  const tempSessionId = await createTempSession(deps, actor, {
    sessionName,
    phoneNumber: null,
    sealed: { step: 'qr', login, checkedAt: Date.now() },
  })
  return { tempSessionId, status: 'waiting', url: login.url, expiresAt: login.expiresAt }
}
