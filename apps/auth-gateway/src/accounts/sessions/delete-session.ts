import type { Actor } from '@telegather/contracts'
import { isForeignKeyViolation, recordAudit, type DbOrTx, type Tx } from '@telegather/db'
import { enqueue } from '@telegather/events'
import type { KeyRing } from '@telegather/secrets'
import { DomainError } from '@telegather/service'
import { SessionNotActive, type Withdraw, type Withdrawn } from '@telegather/sessions'
import { retireLoginOf } from '../retired-logins/retire-login-of.ts'
import { getSession, sessionNotFound } from './get-session.ts'
import { deleteSessionRow, detachSources, selectSourcesUsing } from './queries.ts'
import { useSession, type UseSessionDeps } from './use-session.ts'

export interface DeleteSessionDeps extends UseSessionDeps {
  readonly keys: KeyRing
  readonly withdraw: Withdraw
}

export interface SessionToDelete {
  readonly sessionId: number
  /** Detaches the sources that use the session. Without it, they make the deletion fail. */
  readonly force: boolean
  /** Whether to sign the login out at Telegram; by default only logins that were made here. */
  readonly signOut: boolean | undefined
}

/**
 * Deletes a session after signing it out at Telegram (`auth.logOut`). After a crash in between, the deletion can be
 * repeated. The login of a paused session, with which no call is allowed, is retired instead, and a worker signs it out
 * later. Throws `session_not_found` and `session_in_use`.
 */
export async function deleteSession(
  deps: DeleteSessionDeps,
  actor: Actor,
  { sessionId, force, signOut: requestedSignOut }: SessionToDelete,
): Promise<void> {
  const { db, keys, withdraw } = deps
  const session = await getSession(db, actor, sessionId)
  if (!force) await refuseWhileUsed(db, sessionId)
  const signOut = requestedSignOut ?? session.origin === 'login'
  const isSignedOut = signOut && (await signOutAtTelegram(deps, sessionId))
  try {
    const remove = async (tx: Tx, withdrawn: Withdrawn) => {
      if (force) await detachSources(tx, sessionId)
      const busyMs = await withdrawn.end(tx)
      const deleted = await deleteSessionRow(tx, actor.owner, sessionId)
      if (!deleted) throw sessionNotFound()
      // The session may have got a new login since it was signed out.
      const isSignedIn = !isSignedOut || deleted.authKeyId !== session.authKeyId
      await retireLoginOf(tx, keys, { session: deleted, busyMs, signOut: signOut && isSignedIn })
      await recordAudit(tx, actor, {
        action: 'session.deleted',
        objectId: sessionId,
        details: { session_name: session.sessionName },
      })
      await enqueue(tx, 'session.deleted', { sessionId })
    }
    await withdraw(sessionId, (withdrawn) => db.transaction((tx) => remove(tx, withdrawn)))
  } catch (error) {
    // A source with this session was created after the check above.
    if (isForeignKeyViolation(error, 'sources_session_id_sessions_id_fk'))
      await refuseWhileUsed(db, sessionId)
    throw error
  }
}

async function refuseWhileUsed(db: DbOrTx, sessionId: number): Promise<void> {
  const sources = await selectSourcesUsing(db, sessionId)
  if (sources.length === 0) return
  const names = sources.map(({ id, name }) => `${id} "${name}"`).join(', ')
  throw new DomainError(
    'session_in_use',
    `The session is used by the sources ${names}; force=true detaches them`,
  )
}

/** True when the login is signed out, or lost and so needs no sign-out. False when the session is paused. */
async function signOutAtTelegram(deps: UseSessionDeps, sessionId: number): Promise<boolean> {
  try {
    await useSession(deps, sessionId, (telegram) => telegram.logOut())
    return true
  } catch (error) {
    if (!(error instanceof SessionNotActive)) throw error
    return error.state !== 'paused'
  }
}
