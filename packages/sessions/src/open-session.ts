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

/** The Telegram port of one session, with a fence for writes of what its calls returned. */
export type OpenedSession = Telegram & {
  /** Access hashes and file references are valid for the session that received them only. */
  readonly sessionId: number
  /**
   * Throws LeaseLost when the lease under which the last call was answered has ended. Otherwise locks the lease: no new
   * term begins before `tx` ends. Call it in every transaction that writes results of the session's calls. Keep the
   * transaction short: Postgres ends it after 5 s without a statement.
   */
  readonly fence: (tx: Tx) => Promise<void>
}

export interface OpenOptions {
  /**
   * For work that makes many calls: asks the lease holder to hand the session over to this process. The holder agrees
   * when this service has a higher rank, or has the same rank and the holder does not use the session.
   */
  readonly prefer?: boolean
}

/**
 * Opens a session. The process that holds the session's lease makes the calls of the returned port. The caller closes
 * the port. Throws SessionNotFound and SessionNotActive. Calls throw the errors of the Telegram port, and
 * SessionUnavailable when no process can serve the session now.
 */
export type OpenSession = (sessionId: number, options?: OpenOptions) => Promise<OpenedSession>

export interface Sessions {
  readonly openSession: OpenSession
  readonly withdraw: Withdraw
  /** Releases every session. Takes a few seconds at most. */
  readonly close: () => Promise<void>
}

export interface SessionsOptions extends Omit<HolderDeps, 'leases' | 'subjectPrefix'> {
  readonly databaseUrl: string
  readonly timings?: LeaseTimings
  /** Separates installations and tests that share a NATS server. */
  readonly subjectPrefix?: string
}

/** Gives one process access to the stored sessions. */
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
