import type { Db } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import type { Logger } from '@telegather/service'
import { authKeyIdOf, type SessionAuth } from '@telegather/telegram'
import { selectSessionsOfUnknownKey, setAuthKeyId } from './queries.ts'

/**
 * Notes which key the oldest sessions have, those from before `auth_key_id` was kept: by it a login is known when it is
 * imported, retired or signed out. One that cannot be decrypted stays as it is, since nobody can use it either.
 */
export async function noteAuthKeys({
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
      log.warn({ err: error, sessionId: id }, 'session.key_not_noted')
    }
}
