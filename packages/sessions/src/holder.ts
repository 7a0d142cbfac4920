import type { Db } from '@telegather/db'
import { Arrivals, serveCalls, type ArrivedCall, type Nats } from '@telegather/events'
import type { KeyRing } from '@telegather/secrets'
import type { Logger } from '@telegather/service'
import { TelegramError, type TelegramConfig } from '@telegather/telegram'
import { z } from 'zod'
import { holdSession, type HeldSession } from './held-session.ts'
import { LeaseLost, type Leases } from './lease.ts'
import { findSession, type SessionRow } from './queries.ts'
import { sessionSubject } from './remote-calls.ts'
import { parseArgs, parseCall } from './session-call.ts'
import { SessionNotActive, SessionNotFound } from './session-errors.ts'
import { createStoredLogin } from './stored-login.ts'
import { errorToWire } from './wire-errors.ts'

/** Services by rank, lowest first: a lease holder hands its session over to a process of higher rank. */
export const HOLDER_KINDS = ['gateway', 'sources', 'scraper', 'dispatcher'] as const
export type HolderKind = (typeof HOLDER_KINDS)[number]

const yieldArgs = z.object({ to: z.enum(HOLDER_KINDS) })

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
  /** Claims the session's lease and connects, once; null while another process holds the lease. */
  readonly hold: (sessionId: number) => Promise<HeldSession | null>
  /** True when this process has connected the session, or is connecting it. */
  readonly isHeld: (sessionId: number) => boolean
  /** Disconnects the session and releases its lease, if this process holds it. */
  readonly release: (sessionId: number) => Promise<void>
  /** Releases every session. */
  readonly close: () => Promise<void>
}

/** The sessions that this process has connected, each under a lease. Serves calls of other processes over NATS. */
export function createSessionHolder(deps: HolderDeps): SessionHolder {
  const held = new Map<number, Promise<HeldSession | null>>()
  const arrivals = new Arrivals()
  let closed = false

  function hold(sessionId: number): Promise<HeldSession | null> {
    if (closed) return Promise.reject(new LeaseLost())
    const present = held.get(sessionId)
    if (present) return present
    const forget = () => {
      if (held.get(sessionId) === claiming) held.delete(sessionId)
    }
    const claiming = claimSession({ ...deps, arrivals }, sessionId, forget)
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

interface ServingDeps extends HolderDeps {
  /** Incomplete calls to all sessions of this process. */
  readonly arrivals: Arrivals
}

async function claimSession(
  deps: ServingDeps,
  sessionId: number,
  onEnd: () => void,
): Promise<HeldSession | null> {
  await findActiveSession(deps.db, sessionId)
  const lease = await deps.leases.claim(sessionId)
  if (!lease) return null
  try {
    // Read the row again: the previous holder may have stored new keys or a lost login.
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

/** Returns the session's row. Throws SessionNotFound, SessionNotActive. */
export async function findActiveSession(db: Db, sessionId: number): Promise<SessionRow> {
  const row = await findSession(db, sessionId)
  if (!row) throw new SessionNotFound()
  if (row.state !== 'active')
    throw new SessionNotActive({ state: row.state, reason: row.stateReason })
  return row
}

/** Answers calls of other processes until `signal` is aborted. Waits for NATS while it is unreachable. */
async function serve(deps: ServingDeps, session: HeldSession, signal: AbortSignal): Promise<void> {
  const { nats, log, arrivals, subjectPrefix } = deps
  const { sessionId, epoch } = session.lease
  const subject = sessionSubject(subjectPrefix, sessionId)
  const handle = async (call: ArrivedCall): Promise<unknown> => {
    try {
      return await answerTo(call, session, deps.kind)
    } catch (error) {
      // The caller receives no details of an error outside TelegramError, so the error is logged here.
      if (!(error instanceof TelegramError || call.signal.aborted))
        log.error({ err: error, sessionId, method: call.method }, 'session.call_failed')
      throw error
    }
  }
  try {
    const connection = await nats.connection()
    if (signal.aborted) return
    const subscription = serveCalls(connection, subject, {
      epoch,
      handle,
      toWire: errorToWire,
      arrivals,
      log,
    })
    // Draining answers calls that were sent before the release with LeaseLost. Their callers look for the next holder.
    const drain = () => void subscription.drain().catch(() => undefined)
    signal.addEventListener('abort', drain, { once: true })
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error, subject }, 'session.not_served')
  }
}

async function answerTo(
  { method, args, timeoutMs, signal }: ArrivedCall,
  session: HeldSession,
  kind: HolderKind,
): Promise<unknown> {
  if (method !== 'release' && method !== 'yield')
    return await session.call(parseCall(method, args, { timeoutMs, signal }))
  if (method === 'yield' && !yieldsTo(parseArgs(method, yieldArgs, args).to, kind, session))
    return false
  await session.release()
  return true
}

/** A process of higher rank gets the session at any time; one of the same rank only while the session is idle here. */
function yieldsTo(asker: HolderKind, kind: HolderKind, session: HeldSession): boolean {
  const rank = HOLDER_KINDS.indexOf(asker)
  const ownRank = HOLDER_KINDS.indexOf(kind)
  return rank > ownRank || (rank === ownRank && session.isIdle())
}
