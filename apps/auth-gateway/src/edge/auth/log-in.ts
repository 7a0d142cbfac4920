import { recordAudit, type Db } from '@telegather/db'
import { randomToken, sha256 } from '@telegather/secrets'
import { DomainError } from '@telegather/service'
import { uuidv7 } from 'uuidv7'
import { actorOfKey } from '../keys/actor.ts'
import type { KeyRow } from '../keys/queries.ts'
import { deleteExpiredBrowserLogins, insertBrowserLogin } from './queries.ts'
import { verifyKey } from './verify-key.ts'

export const LOGIN_LIFETIME_SECONDS = 7 * 24 * 60 * 60

/** Logs a browser in with an API key, for 7 days. Only the token's hash is stored. Throws `unauthorized`. */
export async function logIn(db: Db, key: string): Promise<{ row: KeyRow; token: string }> {
  return db.transaction(async (tx) => {
    const row = await verifyKey(tx, key)
    if (!row) throw new DomainError('unauthorized', 'The API key is not valid')
    const id = uuidv7()
    const token = randomToken()
    await deleteExpiredBrowserLogins(tx)
    const login = { id, tokenSha256: sha256(token), keyId: row.id }
    await insertBrowserLogin(tx, login, LOGIN_LIFETIME_SECONDS)
    await recordAudit(tx, actorOfKey(row), { action: 'browser.logged_in', objectId: id })
    return { row, token }
  })
}
