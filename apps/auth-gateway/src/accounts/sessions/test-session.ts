import type { Actor, SessionTestFailure } from '@telegather/contracts'
import { SessionNotActive, SessionUnavailable } from '@telegather/sessions'
import { ConnectionLost, FloodWait, Timeout, type Account } from '@telegather/telegram'
import { getSession } from './get-session.ts'
import type { SessionRow } from './queries.ts'
import { stateOf } from './session-state.ts'
import { useSession, type UseSessionDeps } from './use-session.ts'

export type SessionCheck =
  | { readonly valid: true; readonly account: Account; readonly latencyMs: number }
  | { readonly valid: false; readonly reason: SessionTestFailure; readonly detail: string }

/** Tests a session by a call (`users.getUsers`). A session that is lost, paused or has a flood wait is not called. */
export async function testSession(
  deps: UseSessionDeps,
  actor: Actor,
  sessionId: number,
): Promise<SessionCheck> {
  const session = await getSession(deps.db, actor, sessionId)
  const known = knownFailure(session)
  if (known) return known
  try {
    return await useSession(deps, sessionId, async (telegram) => {
      const startedAt = performance.now()
      const account = await telegram.me()
      return { valid: true, account, latencyMs: performance.now() - startedAt }
    })
  } catch (error) {
    const failure = failureOf(error)
    if (!failure) throw error
    return failure
  }
}

function knownFailure(session: SessionRow): SessionCheck | null {
  const { state, stateReason: reason } = session
  if (state !== 'active') return lost(new SessionNotActive({ state, reason }))
  return stateOf(session) === 'flood_wait' ? FLOOD_WAIT : null
}

function failureOf(error: unknown): SessionCheck | null {
  if (error instanceof SessionNotActive) return lost(error)
  if (error instanceof FloodWait) return FLOOD_WAIT
  const isUnreachable =
    error instanceof Timeout ||
    error instanceof ConnectionLost ||
    error instanceof SessionUnavailable
  return isUnreachable ? UNREACHABLE : null
}

function lost({ state, message }: SessionNotActive): SessionCheck {
  return { valid: false, reason: state, detail: message }
}

const FLOOD_WAIT: SessionCheck = {
  valid: false,
  reason: 'flood_wait',
  detail: 'Telegram asks this account to wait',
}

const UNREACHABLE: SessionCheck = {
  valid: false,
  reason: 'unreachable',
  detail: 'Telegram does not answer; try again',
}
