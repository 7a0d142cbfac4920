import { setTimeout as delay } from 'node:timers/promises'
import type { Db, Tx } from '@telegather/db'
import type { Nats } from '@telegather/events'
import { Timeout } from '@telegather/telegram'
import type { SessionHolder } from './holder.ts'
import type { Lease, Leases } from './lease.ts'
import { endTerm, millisecondsToClaim } from './queries.ts'
import { callHolder, NoHolder, sessionSubject } from './remote-calls.ts'

/** A session that no process may connect with its present login any more. */
export interface Withdrawn {
  /** Milliseconds for which a holder that did not answer may still be connected with the login; 0 when none may be. */
  readonly busyMs: number
  /**
   * Ends the present term, within the transaction that deletes the session or replaces its login. Call it as late as
   * possible: renewals wait for the transaction. Returns what `busyMs` is by then.
   */
  readonly end: (tx: Tx) => Promise<number>
}

/**
 * Has the session's lease holder disconnect, and keeps every process from connecting, while `work` deletes the session
 * or replaces its login in a transaction that ends with `work` at the latest. Waits some seconds at most: `work` learns
 * of a holder that does not release the lease by then. Throws SessionNotFound.
 */
export type Withdraw = <T>(
  sessionId: number,
  work: (session: Withdrawn) => Promise<T>,
) => Promise<T>

interface WithdrawDeps {
  readonly db: Db
  readonly nats: Nats
  readonly leases: Leases
  readonly holder: SessionHolder
  readonly graceMs: number
  readonly subjectPrefix: string
}

const GIVE_UP_MS = 3_000
const LOOK_AGAIN_MS = 100
/** How long a release may take, calls under way included. */
const RELEASE_MS = 3_000

export function createWithdraw(deps: WithdrawDeps): Withdraw {
  return async (sessionId, work) => {
    const { db, graceMs } = deps
    const lease = await takeFromHolder(deps, sessionId)
    try {
      const busyMs = lease ? 0 : Math.max(1, await millisecondsToClaim(db, sessionId, graceMs))
      return await work({ busyMs, end: (tx) => endTerm(tx, sessionId, { lease, graceMs }) })
    } finally {
      await lease?.release()
    }
  }
}

/** The session's lease; null when its holder has not released it in time. */
async function takeFromHolder(deps: WithdrawDeps, sessionId: number): Promise<Lease | null> {
  const { leases, holder } = deps
  const giveUpAt = performance.now() + GIVE_UP_MS
  for (;;) {
    await holder.release(sessionId)
    const lease = await leases.claim(sessionId)
    if (lease) return lease
    const isAnswered = await askToRelease(deps, sessionId)
    if (performance.now() > giveUpAt) return isAnswered ? leases.claim(sessionId) : null
    if (!isAnswered) await delay(LOOK_AGAIN_MS)
  }
}

/** False when no holder answers. */
async function askToRelease({ nats, subjectPrefix }: WithdrawDeps, sessionId: number) {
  const request = { method: 'release', args: {}, timeoutMs: RELEASE_MS } as const
  try {
    await callHolder(nats, sessionSubject(subjectPrefix, sessionId), request)
    return true
  } catch (error) {
    if (error instanceof NoHolder || error instanceof Timeout) return false
    throw error
  }
}
