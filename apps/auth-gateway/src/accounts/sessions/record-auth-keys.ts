import type { Db } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import type { Logger } from '@telegather/service'
import { authKeyIdOf, type SessionAuth } from '@telegather/telegram'
import { selectSessionsOfUnknownKey, setAuthKeyId } from './queries.ts'

/**
 * Records the missing `auth_key_id` of sessions that an old release stored without it. Imports, retirement and sign-out
 * identify a login by it. A session that cannot be decrypted is skipped, since no process can use it.
 */
export async function recordAuthKeys({
  db,
  keys,
  log,
}: {
  readonly db: Db
  readonly keys: KeyRing
  readonly log: Logger
}): Promise<void> {
  for (const { id, encryptedAuth } of await selectSessionsOfUnknownKey(db))
    try {
      const auth = JSON.parse(keys.decrypt(encryptedAuth).toString()) as SessionAuth
      await setAuthKeyId(db, id, { encryptedAuth, authKeyId: authKeyIdOf(auth) })
    } catch (error) {
      log.warn({ err: error, sessionId: id }, 'session.key_not_recorded')
    }
}
