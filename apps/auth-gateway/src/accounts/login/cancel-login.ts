import type { Actor } from '@telegather/contracts'
import { recordAudit } from '@telegather/db'
import type { LoginDeps } from './deps.ts'
import { endLogin } from './end-login.ts'
import { deleteTempSession } from './queries.ts'
import { unsealLogin } from './sealed-login.ts'
import { takeStep } from './temp-session.ts'

/** Cancels a login, also at Telegram. When Telegram cannot be reached this throws, and the login expires later. */
export async function cancelLogin(
  deps: LoginDeps,
  actor: Actor,
  tempSessionId: string,
): Promise<void> {
  await takeStep(deps, actor, tempSessionId, async (tx, row) => {
    await endLogin(deps.telegram, unsealLogin(deps.keys, row.encryptedLogin))
    await deleteTempSession(tx, row.id)
    await recordAudit(tx, actor, {
      action: 'login.cancelled',
      objectId: row.id,
      details: { session_name: row.sessionName },
    })
    return { done: undefined }
  })
}
