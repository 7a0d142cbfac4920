import { setTimeout as delay } from 'node:timers/promises'
import type { Db, Tx } from '@telegather/db'
import type { Nats } from '@telegather/events'
import type { Lease, Leases } from './leases.ts'
import { Timeout } from '@telegather/telegram'
import { endTerm, millisecondsToClaim } from './queries.ts'
import { callOwner, NoOwner, sessionSubject } from './remote-calls.ts'
import type { SessionOwner } from './session-owner.ts'

/** A session that nobody is to connect with its present login any more. */
export interface Withdrawn {
  /** Milliseconds for which an owner that did not answer may still be connected with the login; 0 when nobody is. */
  readonly busyMs: number
  /**
   * Belongs into the transaction that deletes the session or replaces its login, as late as possible: renewals wait for
   * it. Answers what `busyMs` is by then.
   */
  readonly end: (tx: Tx) => Promise<number>
}

/**
 * Has the session's owner disconnect, and keeps everyone else from it, while `work` deletes it or replaces its login, in
 * a transaction that is to end with `work` at the latest. Waits some seconds at most: of an owner that does not answer
 * by then, `work` is told.
 */
export type Withdraw = <T>(
  sessionId: number,
  work: (session: Withdrawn) => Promise<T>,
) => Promise<T>

interface WithdrawDeps {
  readonly db: Db
  readonly nats: Nats
  readonly leases: Leases
  readonly owner: SessionOwner
  readonly graceMs: number
  readonly subjectPrefix: string
}

const GIVE_UP_MS = 3_000
const LOOK_AGAIN_MS = 100
/** How long a hand-over may take, calls under way included. */
const RELEASE_MS = 3_000

export function createWithdraw(deps: WithdrawDeps): Withdraw {
  return async (sessionId, work) => {
    const { db, graceMs } = deps
    const lease = await takeFromOwner(deps, sessionId)
    try {
      const busyMs = lease ? 0 : Math.max(1, await millisecondsToClaim(db, sessionId, graceMs))
      return await work({ busyMs, end: (tx) => endTerm(tx, sessionId, { lease, graceMs }) })
    } finally {
      await lease?.release()
    }
  }
}

async function takeFromOwner(deps: WithdrawDeps, sessionId: number): Promise<Lease | null> {
  const { leases, owner } = deps
  const giveUpAt = performance.now() + GIVE_UP_MS
  for (;;) {
    await owner.letGo(sessionId)
    const lease = await leases.claim(sessionId)
    if (lease) return lease
    if (await isReleased(deps, sessionId)) continue
    if (performance.now() > giveUpAt) return null
    await delay(LOOK_AGAIN_MS)
  }
}

/** False when nobody answers. */
async function isReleased({ nats, subjectPrefix }: WithdrawDeps, sessionId: number) {
  const request = { method: 'release', args: [], timeoutMs: RELEASE_MS } as const
  try {
    await callOwner(nats, sessionSubject(subjectPrefix, sessionId), request)
    return true
  } catch (error) {
    if (error instanceof NoOwner || error instanceof Timeout) return false
    throw error
  }
}
