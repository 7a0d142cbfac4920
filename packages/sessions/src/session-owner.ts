import { isForeignKeyViolation, type Db } from '@telegather/db'
import type { Nats } from '@telegather/events'
import type { KeyRing } from '@telegather/secrets'
import type { Logger } from '@telegather/service'
import type { TelegramConfig } from '@telegather/telegram'
import type { CallRequest } from './call-wire.ts'
import { LeaseLost, type Leases } from './leases.ts'
import { ownSession, type OwnedSession } from './owned-session.ts'
import { findSession, type SessionRow } from './queries.ts'
import { serveCalls, sessionSubject } from './remote-calls.ts'
import { SessionNotActive, SessionNotFound } from './session-errors.ts'
import { createStoredLogin } from './stored-login.ts'

/** Services in the order in which they give way to each other: the first to every other. */
export const OWNER_KINDS = ['gateway', 'sources', 'scraper', 'dispatcher'] as const
export type OwnerKind = (typeof OWNER_KINDS)[number]

export interface SessionOwnerDeps {
  readonly db: Db
  readonly nats: Nats
  readonly keys: KeyRing
  readonly config: TelegramConfig
  readonly log: Logger
  readonly leases: Leases
  readonly kind: OwnerKind
  /** How long a session stays connected after its last use. */
  readonly idleMs: number
  readonly subjectPrefix: string
}

export interface SessionOwner {
  /** The session, where this process has it or gets it; null while it is another's. */
  readonly own: (sessionId: number) => Promise<OwnedSession | null>
  /** Disconnects the session, if this process has it. */
  readonly letGo: (sessionId: number) => Promise<void>
  /** Lets every session go. */
  readonly close: () => Promise<void>
}

/** The sessions that this process has connected, each under a lease and served to the other processes. */
export function createSessionOwner(deps: SessionOwnerDeps): SessionOwner {
  const owned = new Map<number, Promise<OwnedSession | null>>()
  let closed = false

  function own(sessionId: number): Promise<OwnedSession | null> {
    if (closed) return Promise.reject(new LeaseLost())
    const present = owned.get(sessionId)
    if (present) return present
    const forget = () => {
      if (owned.get(sessionId) === claiming) owned.delete(sessionId)
    }
    const claiming = claimSession(deps, sessionId, forget)
    owned.set(sessionId, claiming)
    claiming.then((session) => session ?? forget(), forget)
    return claiming
  }

  async function letGo(sessionId: number): Promise<void> {
    const session = await owned.get(sessionId)?.catch(() => null)
    await session?.letGo()
  }

  async function close(): Promise<void> {
    closed = true
    const sessions = await Promise.allSettled(owned.values())
    await Promise.all(
      sessions.map(async (one) => {
        if (one.status === 'fulfilled') await one.value?.letGo()
      }),
    )
  }

  return { own, letGo, close }
}

async function claimSession(
  deps: SessionOwnerDeps,
  sessionId: number,
  onEnd: () => void,
): Promise<OwnedSession | null> {
  await findActiveSession(deps.db, sessionId)
  const lease = await deps.leases.claim(sessionId).catch((error: unknown) => {
    if (isForeignKeyViolation(error, 'session_leases_session_id_sessions_id_fk'))
      throw new SessionNotFound()
    throw error
  })
  if (!lease) return null
  try {
    // Read again: the owner before may have added keys, or found the login lost.
    const login = createStoredLogin(deps, lease, await findActiveSession(deps.db, sessionId))
    const telegram = await login.connect()
    const stopServing = new AbortController()
    const session = ownSession({
      lease,
      telegram,
      idleMs: deps.idleMs,
      log: deps.log,
      onEnd() {
        stopServing.abort()
        onEnd()
      },
      login,
    })
    void serve(deps, session, stopServing.signal)
    return session
  } catch (error) {
    await lease.release()
    throw error
  }
}

/** Throws SessionNotFound, SessionNotActive. */
export async function findActiveSession(db: Db, sessionId: number): Promise<SessionRow> {
  const row = await findSession(db, sessionId)
  if (!row) throw new SessionNotFound()
  if (row.state !== 'active')
    throw new SessionNotActive({ state: row.state, reason: row.stateReason })
  return row
}

/** Answers the calls of other processes until `signal` is aborted; waits for a NATS that is away. */
async function serve(
  { nats, log, kind, subjectPrefix }: SessionOwnerDeps,
  session: OwnedSession,
  signal: AbortSignal,
): Promise<void> {
  const { sessionId, epoch } = session.lease
  const subject = sessionSubject(subjectPrefix, sessionId)
  const handle = async ({ method, args, timeoutMs }: CallRequest): Promise<unknown> => {
    if (method === 'release') {
      await session.letGo()
      return true
    }
    if (method !== 'yield') return session.call(method, args, { timeoutMs })
    const asker = OWNER_KINDS.findIndex((one) => one === args[0])
    if (asker <= OWNER_KINDS.indexOf(kind)) return false
    await session.letGo()
    return true
  }
  try {
    const connection = await nats.connection()
    if (signal.aborted) return
    const subscription = serveCalls(connection, subject, { epoch, handle, log })
    // Calls that are on their way are still answered, if only with LeaseLost: their callers look elsewhere.
    signal.addEventListener('abort', () => void subscription.drain(), { once: true })
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error, subject }, 'session.not_served')
  }
}
