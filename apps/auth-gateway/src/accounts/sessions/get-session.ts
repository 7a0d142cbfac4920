import type { Actor } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { findSession, type SessionRow } from './queries.ts'

/** 404 when there is none, or it is somebody else's. */
export async function getSession(db: Db, actor: Actor, sessionId: number): Promise<SessionRow> {
  const row = await findSession(db, actor.owner, sessionId)
  if (!row) throw sessionNotFound()
  return row
}

export function sessionNotFound(): DomainError {
  return new DomainError('session_not_found', 'Session not found')
}
