import type { Actor } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { findSession, type SessionRow } from './queries.ts'

/** A session of the actor. Throws `session_not_found`, also for a session of another owner. */
export async function getSession(db: Db, actor: Actor, sessionId: number): Promise<SessionRow> {
  const row = await findSession(db, actor.owner, sessionId)
  if (!row) throw sessionNotFound()
  return row
}

export function sessionNotFound(): DomainError {
  return new DomainError('session_not_found', 'Session not found')
}
