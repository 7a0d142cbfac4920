import type { Activity, Actor } from '@telegather/contracts'
import { isUniqueViolation, recordAudit, type Db, type Tx } from '@telegather/db'
import { DomainError } from '@telegather/service'
import type { Withdraw } from '@telegather/sessions'
import { sessionNameConflict } from './refusals.ts'
import { getSession, sessionNotFound } from './get-session.ts'
import { lockOwnSession, updateSessionRow, type SessionRow } from './queries.ts'

export interface SessionChange {
  readonly sessionName?: string | undefined
  readonly isActive?: Activity | undefined
  readonly useForPublic?: boolean | undefined
}

interface UpdateSessionDeps {
  readonly db: Db
  readonly withdraw: Withdraw
}

/**
 * Renames a session, pauses or resumes it, or sets whether it reads public channels. A process that uses a session being
 * paused finishes its current call. Throws `session_not_found`, `session_name_taken`, and `session_not_active` when a lost
 * login is to be resumed.
 */
export async function updateSession(
  { db, withdraw }: UpdateSessionDeps,
  actor: Actor,
  sessionId: number,
  change: SessionChange,
): Promise<SessionRow> {
  try {
    if (change.isActive !== 'paused')
      return await db.transaction((tx) => update(tx, actor, sessionId, change))
    await getSession(db, actor, sessionId)
    return await withdraw(sessionId, (session) =>
      db.transaction(async (tx) => {
        await session.end(tx)
        return update(tx, actor, sessionId, change)
      }),
    )
  } catch (error) {
    if (isUniqueViolation(error, 'sessions_session_name_unique'))
      throw sessionNameConflict(String(change.sessionName))
    throw error
  }
}

async function update(
  tx: Tx,
  actor: Actor,
  sessionId: number,
  { sessionName, isActive, useForPublic }: SessionChange,
): Promise<SessionRow> {
  const before = await lockOwnSession(tx, actor.owner, sessionId)
  if (!before) throw sessionNotFound()
  const state = isActive === undefined ? before.state : stateAfter(before.state, isActive)
  const row = await updateSessionRow(tx, sessionId, { sessionName, state, useForPublic })
  const actions = [
    ...(row.sessionName === before.sessionName ? [] : (['session.renamed'] as const)),
    ...(row.state === before.state
      ? []
      : ([row.state === 'paused' ? 'session.paused' : 'session.resumed'] as const)),
    ...(row.useForPublic === before.useForPublic ? [] : (['session.changed'] as const)),
  ]
  for (const action of actions)
    await recordAudit(tx, actor, {
      action,
      objectId: row.id,
      details: { session_name: row.sessionName, use_for_public: row.useForPublic },
    })
  return row
}

function stateAfter(state: SessionRow['state'], isActive: Activity): SessionRow['state'] {
  if (state === 'active' || state === 'paused') return isActive
  if (isActive === 'paused') return state
  throw new DomainError('session_not_active', 'The account must log in again')
}
