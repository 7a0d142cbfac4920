import type { Owner, SessionOrigin } from '@telegather/contracts'
import { isUniqueViolation, type Tx } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import { DomainError } from '@telegather/service'
import type { Withdrawn } from '@telegather/sessions'
import {
  authKeyIdOf,
  type Account,
  type ClientIdentity,
  type SessionAuth,
} from '@telegather/telegram'
import { retireLoginOf } from '../retired-logins/retire-login-of.ts'
import {
  isLoginValid,
  lockAccount,
  upsertSession,
  type StoredSession,
} from './queries/stored-sessions.ts'
import { sessionNameConflict } from './refusals.ts'

export interface CompletedLogin {
  readonly owner: Owner
  readonly sessionName: string
  readonly phoneNumber: string
  readonly origin: SessionOrigin
  readonly account: Account
  readonly auth: SessionAuth
  readonly identity: ClientIdentity
}

/** The account's current session, withdrawn from its lease holder. */
export interface WithdrawnSession extends Withdrawn {
  readonly sessionId: number
}

interface Replacement {
  readonly replace: 'any' | 'inactive'
  readonly withdrawn: WithdrawnSession | null
}

/** The reason why no login was saved: the account's current session is active, or was not withdrawn. */
type NotSaved = 'active' | 'not_withdrawn'

/**
 * Saves a login as its account's session: a new one, or under the id of the current one. Saves nothing when the current
 * session is active and only inactive ones may be replaced, or when it is not the withdrawn one. Throws
 * `session_name_taken` and `login_already_stored`.
 */
export async function saveSession(
  { keys }: { readonly keys: KeyRing },
  tx: Tx,
  login: CompletedLogin,
  { replace, withdrawn }: Replacement,
): Promise<StoredSession | NotSaved> {
  const { owner, sessionName, phoneNumber, origin, account, auth, identity } = login
  const values = {
    owner,
    sessionName,
    phoneNumber,
    origin,
    telegramUserId: BigInt(account.userId),
    authKeyId: authKeyIdOf(auth),
    encryptedAuth: keys.encrypt(JSON.stringify(auth)),
    apiId: identity.api.apiId,
    encryptedApiHash: keys.encrypt(identity.api.apiHash),
    device: identity.device,
  }
  const present = await lockAccount(tx, values)
  if (replace === 'inactive' && present && isLoginValid(present)) return 'active'
  if (present && present.id !== withdrawn?.sessionId) return 'not_withdrawn'
  try {
    if (present && present.authKeyId !== values.authKeyId)
      await retireLoginOf(tx, keys, {
        session: present,
        busyMs: (await withdrawn?.end(tx)) ?? 0,
        signOut: isToSignOut(present),
      })
    return (await upsertSession(tx, values, replace)) ?? 'active'
  } catch (error) {
    if (isUniqueViolation(error, 'sessions_session_name_unique'))
      throw sessionNameConflict(sessionName)
    if (isUniqueViolation(error, 'sessions_auth_key_id_unique'))
      throw new DomainError('login_already_stored', 'This login is stored as a session already')
    throw error
  }
}

/** A replaced login is signed out when it was made here and Telegram has not ended it. */
function isToSignOut(present: StoredSession): boolean {
  return present.origin === 'login' && (isLoginValid(present) || present.state === 'banned')
}
