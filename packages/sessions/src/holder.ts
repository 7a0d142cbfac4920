import type { Db } from '@telegather/db'
import type { Nats } from '@telegather/events'
import type { KeyRing } from '@telegather/secrets'
import type { Logger } from '@telegather/service'
import type { TelegramConfig } from '@telegather/telegram'
import { holdSession, type HeldSession } from './held-session.ts'
import { LeaseLost, type Leases } from './lease.ts'
import { findSession, type SessionRow } from './queries.ts'
import { serveCalls, sessionSubject } from './remote-calls.ts'
import { SessionNotActive, SessionNotFound } from './session-errors.ts'
import { createStoredLogin } from './stored-login.ts'
import type { CallRequest } from './wire.ts'

/** Services by rank, lowest first: a lease holder hands its session over to a process of higher rank. */
export const HOLDER_KINDS = ['gateway', 'sources', 'scraper', 'dispatcher'] as const
export type HolderKind = (typeof HOLDER_KINDS)[number]

export interface HolderDeps {
  readonly db: Db
  readonly nats: Nats
  readonly keys: KeyRing
  readonly config: TelegramConfig
  readonly log: Logger
  readonly leases: Leases
  readonly kind: HolderKind
  /** How long a session stays connected after its last use. */
  readonly idleMs: number
  readonly subjectPrefix: string
}

export interface SessionHolder {
  /** The session, connected here; null while another process holds its lease. */
  readonly hold: (sessionId: number) => Promise<HeldSession | null>
  /** Whether the session is connected here, or about to be. */
  readonly isHeld: (sessionId: number) => boolean
  /** Disconnects the session and releases its lease, if this process holds it. */
  readonly release: (sessionId: number) => Promise<void>
  /** Releases every session. */
  readonly close: () => Promise<void>
}

/** The sessions that this process has connected, each under a lease, and answers calls to over NATS. */
export function createSessionHolder(deps: HolderDeps): SessionHolder {
  const held = new Map<number, Promise<HeldSession | null>>()
  let closed = false

  function hold(sessionId: number): Promise<HeldSession | null> {
    if (closed) return Promise.reject(new LeaseLost())
    const present = held.get(sessionId)
    if (present) return present
    const forget = () => {
      if (held.get(sessionId) === claiming) held.delete(sessionId)
    }
    const claiming = claimSession(deps, sessionId, forget)
    held.set(sessionId, claiming)
    claiming.then((session) => session ?? forget(), forget)
    return claiming
  }

  async function release(sessionId: number): Promise<void> {
    const session = await held.get(sessionId)?.catch(() => null)
    await session?.release()
  }

  async function close(): Promise<void> {
    closed = true
    const sessions = await Promise.allSettled(held.values())
    await Promise.all(
      sessions.map(async (one) => {
        if (one.status === 'fulfilled') await one.value?.release()
      }),
    )
  }

  return { hold, isHeld: (sessionId) => held.has(sessionId), release, close }
}

async function claimSession(
  deps: HolderDeps,
  sessionId: number,
  onEnd: () => void,
): Promise<HeldSession | null> {
  await findActiveSession(deps.db, sessionId)
  const lease = await deps.leases.claim(sessionId)
  if (!lease) return null
  try {
    // Read again: the previous holder may have added keys, or found the login lost.
    const login = createStoredLogin(deps, lease, await findActiveSession(deps.db, sessionId))
    const telegram = await login.connect()
    const stopServing = new AbortController()
    const session = holdSession({
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

/** Answers the calls of other processes until `signal` is aborted. While NATS is away, it waits for it. */
async function serve(deps: HolderDeps, session: HeldSession, signal: AbortSignal): Promise<void> {
  const { nats, log, kind, subjectPrefix } = deps
  const { sessionId, epoch } = session.lease
  const subject = sessionSubject(subjectPrefix, sessionId)
  const handle = async ({ method, args, timeoutMs }: CallRequest): Promise<unknown> => {
    if (method !== 'release' && method !== 'yield')
      return session.call({ method, args, options: { timeoutMs } })
    if (method === 'yield' && !yieldsTo(args, kind, session)) return false
    await session.release()
    return true
  }
  try {
    const connection = await nats.connection()
    if (signal.aborted) return
    const subscription = serveCalls(connection, subject, { epoch, handle, log })
    // Calls that were sent before the release are answered with LeaseLost: their callers look for the next holder.
    signal.addEventListener('abort', () => void subscription.drain(), { once: true })
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error, subject }, 'session.not_served')
  }
}

/** A session goes to a process of higher rank at any time, and to one of the same rank while nothing here uses it. */
function yieldsTo(asker: unknown, kind: HolderKind, session: HeldSession): boolean {
  const rank = HOLDER_KINDS.findIndex((one) => one === asker)
  const ownRank = HOLDER_KINDS.indexOf(kind)
  return rank > ownRank || (rank === ownRank && session.isIdle())
}
