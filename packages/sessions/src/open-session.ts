import { randomUUID } from 'node:crypto'
import type { Tx } from '@telegather/db'
import { portOver, type Telegram } from '@telegather/telegram'
import { createHandle } from './handle.ts'
import { createSessionHolder, findActiveSession, type HolderDeps } from './holder.ts'
import { createLeases, LeaseLost } from './lease.ts'
import { lockTerm } from './queries.ts'
import { createRouter } from './route-call.ts'
import { DEFAULT_TIMINGS, type LeaseTimings } from './timings.ts'
import { createWithdraw, type Withdraw } from './withdraw.ts'

/** A session's Telegram port, and the proof of the right to write on its behalf. */
export type OpenedSession = Telegram & {
  /** Access hashes and file references that it is told are of no use to another session. */
  readonly sessionId: number
  /**
   * Throws LeaseLost when the term of the last answer is over; else no other term begins before `tx` ends. Call it in
   * every transaction that writes what the session told. Such a transaction must be short: Postgres ends it after 5 s
   * without a statement.
   */
  readonly fence: (tx: Tx) => Promise<void>
}

export interface OpenOptions {
  /**
   * Asks the lease holder to hand the session over, which it does to a service of higher rank, and to one of the same
   * rank while it does not use the session: for work that makes many calls.
   */
  readonly prefer?: boolean
}

/**
 * The only way to a session: its Telegram port, whose calls are made by the process that holds the session's lease. The
 * caller closes it. Throws SessionNotFound, SessionNotActive; calls throw SessionUnavailable when no process can serve
 * the session now, besides what Telegram's port throws.
 */
export type OpenSession = (sessionId: number, options?: OpenOptions) => Promise<OpenedSession>

export interface Sessions {
  readonly openSession: OpenSession
  readonly withdraw: Withdraw
  /** Releases every session, within some seconds. */
  readonly close: () => Promise<void>
}

export interface SessionsOptions extends Omit<HolderDeps, 'leases' | 'subjectPrefix'> {
  readonly databaseUrl: string
  readonly timings?: LeaseTimings
  /** Separates installations, and tests, on one NATS server. */
  readonly subjectPrefix?: string
}

/** The stored sessions, as one process uses them. */
export function createSessions(options: SessionsOptions): Sessions {
  const { subjectPrefix = 'telegram', timings = DEFAULT_TIMINGS, databaseUrl, log, kind } = options
  const { db, nats } = options
  const { graceMs } = timings
  const leases = createLeases({ databaseUrl, holder: { id: randomUUID(), kind }, timings, log })
  const holder = createSessionHolder({ ...options, leases, subjectPrefix })
  const withdraw = createWithdraw({ db, nats, leases, holder, graceMs, subjectPrefix })
  const router = createRouter({ db, nats, kind, holder, timings, subjectPrefix })

  async function openSession(
    sessionId: number,
    { prefer = false }: OpenOptions = {},
  ): Promise<OpenedSession> {
    await findActiveSession(db, sessionId)
    if (prefer) await router.takeOver(sessionId)
    const handle = createHandle()
    const port = portOver(
      (method, args, callOptions) =>
        router.call(sessionId, handle, { method, args, options: callOptions }),
      async () => handle.close(),
    )
    const fence = async (tx: Tx): Promise<void> => {
      const term = handle.term()
      if (term && !(await lockTerm(tx, term))) throw new LeaseLost()
    }
    return { ...port, sessionId, fence }
  }

  async function close(): Promise<void> {
    await holder.close()
    await leases.close()
  }

  return { openSession, withdraw, close }
}
