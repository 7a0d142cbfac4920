import type { Actor } from '@telegather/contracts'
import { ownerOf, recordAudit, type Tx } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import { findSessionOf, type StoredSession } from '../sessions/queries/stored-sessions.ts'
import { saveSession, type WithdrawnSession } from '../sessions/save-session.ts'
import { whileWithdrawn } from '../sessions/while-withdrawn.ts'
import type { LoginDeps } from './deps.ts'
import { deleteTempSession } from './queries.ts'
import { unsealLogin } from './sealed-login.ts'
import { findTempSession, openTempSession } from './temp-session.ts'

interface ToStore {
  readonly actor: Actor
  readonly tempSessionId: string
  readonly withdrawn: WithdrawnSession | null
}

/**
 * Stores a completed login as a session. When the account has a session already, that session keeps its id and gets the
 * new login. Throws `temp_session_not_found` and `login_incomplete`.
 */
export async function finalizeSession(
  deps: LoginDeps,
  actor: Actor,
  tempSessionId: string,
): Promise<StoredSession> {
  const finalize = (withdrawn: WithdrawnSession | null) =>
    deps.stepDb.transaction((tx) => store(deps, tx, { actor, tempSessionId, withdrawn }))
  for (;;) {
    const present = await presentSession(deps, actor, tempSessionId)
    const session = await whileWithdrawn(deps, present?.id ?? null, finalize)
    // Null: another login of the account was stored meanwhile. The next round replaces it.
    if (session !== null) return session
  }
}

/** The account's current session, whose login is replaced after its lease holder has disconnected; null for none. */
async function presentSession(
  deps: LoginDeps,
  actor: Actor,
  tempSessionId: string,
): Promise<StoredSession | null> {
  const row = await findTempSession(deps, actor, tempSessionId)
  const sealed = unsealLogin(deps.keys, row.encryptedLogin)
  if (sealed.step !== 'signed_in') return null
  const telegramUserId = BigInt(sealed.signedIn.account.userId)
  return findSessionOf(deps.db, { owner: ownerOf(row), telegramUserId })
}

async function store(
  deps: LoginDeps,
  tx: Tx,
  { actor, tempSessionId, withdrawn }: ToStore,
): Promise<StoredSession | null> {
  const row = await openTempSession(tx, actor, tempSessionId)
  const sealed = unsealLogin(deps.keys, row.encryptedLogin)
  if (sealed.step !== 'signed_in')
    throw new DomainError('login_incomplete', 'The login is not complete: verify the code first')
  const { account, auth, identity } = sealed.signedIn
  const phoneNumber = row.phoneNumber ?? account.phoneNumber
  if (phoneNumber === null)
    throw new DomainError('upstream_failed', 'Telegram did not return the phone number')
  const { sessionName } = row
  const login = { owner: ownerOf(row), sessionName, phoneNumber, account, auth, identity }
  const session = await saveSession(
    deps,
    tx,
    { ...login, origin: 'login' },
    { replace: 'any', withdrawn },
  )
  if (session === 'not_withdrawn') return null
  if (session === 'active') throw new Error('a login replaces any session of its account')
  await deleteTempSession(tx, row.id)
  await recordAudit(tx, actor, {
    action: 'login.completed',
    objectId: session.id,
    details: { session_name: session.sessionName },
  })
  await enqueue(tx, 'session.created', { sessionId: session.id })
  return session
}
