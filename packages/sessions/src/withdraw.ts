import { setTimeout as delay } from 'node:timers/promises'
import type { Db, Tx } from '@telegather/db'
import type { Nats } from '@telegather/events'
import { Timeout } from '@telegather/telegram'
import type { SessionHolder } from './holder.ts'
import type { Lease, Leases } from './lease.ts'
import { endTerm, millisecondsToClaim } from './queries.ts'
import { callHolder, NoHolder, sessionSubject } from './remote-calls.ts'

/** A session during its withdrawal: no process can connect with its current login any more. */
export interface Withdrawn {
  /** Milliseconds for which a holder that has not released its lease may stay connected; 0 after a release. */
  readonly busyMs: number
  /**
   * Ends the current lease term in `tx`, which also deletes the session or replaces its login. Call it late in the
   * transaction: renewals of leases wait for its row lock. Returns the current `busyMs`.
   */
  readonly end: (tx: Tx) => Promise<number>
}

/**
 * Asks the session's lease holder to disconnect, then calls `work`, which deletes the session or replaces its login in
 * one transaction and ends that transaction before it returns. No other process can connect the session meanwhile. The
 * holder gets a few seconds to release the lease; after that `work` runs with a `busyMs` above 0. Throws
 * SessionNotFound.
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
/** Maximum duration of a release, including the wait for calls in progress. */
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

/** Claims the session's lease from its holder; null when the holder has not released it in time. */
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
