import { recordAudit, type Db } from '@telegather/db'
import { sha256 } from '@telegather/secrets'
import { actorOfKey, OPERATOR } from '../keys/actor.ts'
import { findKey } from '../keys/queries.ts'
import { deleteBrowserLogin } from './queries.ts'

/** Ends the browser login with this token. Does nothing for an unknown token. */
export async function logOut(db: Db, token: string): Promise<void> {
  await db.transaction(async (tx) => {
    const login = await deleteBrowserLogin(tx, sha256(token))
    if (!login) return
    const key = await findKey(tx, OPERATOR.owner, login.keyId)
    if (!key) throw new Error(`login ${login.id} has no key`)
    await recordAudit(tx, actorOfKey(key), { action: 'browser.logged_out', objectId: login.id })
  })
}
