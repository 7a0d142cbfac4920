import { createDb, type Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import { TelegramError } from '@telegather/telegram'
import { claimLease, releaseLease, renewLeases, type Owner, type Term } from './queries.ts'
import type { OwnershipTimings } from './timings.ts'

/** The lease has ended, or its owner cannot be sure that it has not. */
export class LeaseLost extends TelegramError {
  override readonly name = 'LeaseLost'
  constructor(options?: ErrorOptions) {
    super('the session is no longer this process’s', options)
  }
}

/** The right to connect one session, as long as `signal` is not aborted and `isTrusted` answers true. */
export interface Lease extends Term {
  readonly signal: AbortSignal
  /** Asked before every use: a process that was paused learns here that its time is over. */
  isTrusted(): boolean
  /** Call once every connection is closed. */
  release(): Promise<void>
}

export interface Leases {
  /** Null while another process has the session, or may still be connected. */
  readonly claim: (sessionId: number) => Promise<Lease | null>
  readonly close: () => Promise<void>
}

export interface LeaseOptions {
  readonly databaseUrl: string
  readonly owner: Owner
  readonly timings: OwnershipTimings
  readonly log: Logger
}

interface HeldLease {
  readonly term: Term
  readonly lost: AbortController
  /** On the monotonic clock of this process. */
  trustedUntil: number
}

const CHECK_EVERY_MS = 250

/**
 * The leases of this process, renewed on a database connection of their own: a busy pool must not cost a
 * session. Only Postgres' clock decides what is in the rows, only the monotonic clock what is trusted here.
 */
export function createLeases(options: LeaseOptions): Leases {
  const { databaseUrl, owner, timings } = options
  const connection = createDb(databaseUrl, { maxConnections: 1 })
  const { db } = connection
  const held = new Map<number, HeldLease>()
  const upkeep = keepUp(db, held, options)

  async function claim(sessionId: number): Promise<Lease | null> {
    const attemptAt = performance.now()
    const epoch = await claimLease(db, sessionId, owner, timings)
    if (epoch === null) return null
    const term = { sessionId, epoch }
    const lease: HeldLease = {
      term,
      lost: new AbortController(),
      trustedUntil: trustedUntil(attemptAt, timings),
    }
    held.set(sessionId, lease)
    return {
      ...term,
      signal: lease.lost.signal,
      isTrusted: () => !lease.lost.signal.aborted && performance.now() < lease.trustedUntil,
      async release() {
        if (held.get(sessionId) !== lease) return
        held.delete(sessionId)
        await releaseLease(db, term)
      },
    }
  }

  async function close(): Promise<void> {
    await upkeep.stop()
    await connection.close()
  }

  return { claim, close }
}

/** Renews what is held, and ends what can no longer be trusted. */
function keepUp(db: Db, held: Map<number, HeldLease>, { owner, timings, log }: LeaseOptions) {
  const stopping = new AbortController()

  function lose(lease: HeldLease): void {
    const { sessionId, epoch } = lease.term
    if (held.get(sessionId) !== lease) return
    held.delete(sessionId)
    log.warn({ sessionId, epoch }, 'session.lease_lost')
    lease.lost.abort(new LeaseLost())
  }

  async function renewAll(): Promise<void> {
    if (held.size === 0) return
    const before = [...held.values()]
    const attemptAt = performance.now()
    const renewed = await renewLeases(db, owner.id, timings.leaseMs)
    const epochs = new Map(renewed.map(({ sessionId, epoch }) => [sessionId, epoch]))
    for (const lease of before)
      if (epochs.get(lease.term.sessionId) !== lease.term.epoch) lose(lease)
      else lease.trustedUntil = trustedUntil(attemptAt, timings)
  }

  async function renewUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(timings.renewMs, stopping.signal)
      await renewAll().catch((error: unknown) => log.warn({ err: error }, 'session.renewal_failed'))
    }
  }

  const watchdog = setInterval(
    () => {
      for (const lease of held.values()) if (performance.now() >= lease.trustedUntil) lose(lease)
    },
    Math.min(CHECK_EVERY_MS, timings.marginMs / 4),
  )
  const renewing = renewUntilStopped()

  return {
    async stop() {
      stopping.abort()
      clearInterval(watchdog)
      await renewing
    },
  }
}

function trustedUntil(attemptAt: number, { leaseMs, marginMs }: OwnershipTimings): number {
  return attemptAt + leaseMs - marginMs
}
