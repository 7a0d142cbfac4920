import type { sessions, Tx } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import type { PendingLogin, SessionAuth } from '@telegather/telegram'
import { retireLogin } from './queries.ts'

type StoredSession = typeof sessions.$inferSelect

/**
 * Retires the login of a session that is deleted or gets another login. Does nothing when the login needs no sign-out and
 * no process may be connected with it.
 */
export async function retireLoginOf(
  tx: Tx,
  keys: KeyRing,
  { session, busyMs, signOut }: { session: StoredSession; busyMs: number; signOut: boolean },
): Promise<void> {
  const { authKeyId } = session
  if (authKeyId === null || !(signOut || busyMs > 0)) return
  const encryptedLogin = signOut ? keys.encrypt(JSON.stringify(loginOf(keys, session))) : null
  await retireLogin(tx, { authKeyId, busyMs, encryptedLogin })
}

function loginOf(keys: KeyRing, session: StoredSession): PendingLogin {
  const { apiId, encryptedApiHash, encryptedAuth, device } = session
  return {
    identity: { api: { apiId, apiHash: keys.decrypt(encryptedApiHash).toString() }, device },
    auth: JSON.parse(keys.decrypt(encryptedAuth).toString()) as SessionAuth,
  }
}
