import { createDb, isForeignKeyViolation, type Db } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import { TelegramError } from '@telegather/telegram'
import { claimLease, releaseLease, renewLeases, type Holder, type Term } from './queries.ts'
import { SessionNotFound } from './session-errors.ts'
import type { LeaseTimings } from './timings.ts'

/** The lease has ended, or this process cannot be sure that it still holds it. */
export class LeaseLost extends TelegramError {
  override readonly name = 'LeaseLost'
  constructor(options?: ErrorOptions) {
    super('this process no longer holds the session’s lease', options)
  }
}

/** The right to connect one session. Valid while `signal` is not aborted and `isTrusted` returns true. */
export interface Lease extends Term {
  readonly signal: AbortSignal
  /** Check before every use: false when the process was paused for so long that the lease may have ended. */
  isTrusted(): boolean
  /**
   * Call after every connection is closed. Never throws: a release that fails in Postgres is retried until the lease
   * and the grace period after it are over.
   */
  release(): Promise<void>
  /**
   * Stops renewing without a release, for a client whose connections may still be open. The client sends nothing more,
   * so Telegram drops these connections before the lease and the grace period after it are over.
   */
  abandon(): void
}

export interface Leases {
  /** Null while another process holds the lease or may still be connected. Throws SessionNotFound. */
  readonly claim: (sessionId: number) => Promise<Lease | null>
  readonly close: () => Promise<void>
}

export interface LeaseOptions {
  readonly databaseUrl: string
  readonly holder: Holder
  readonly timings: LeaseTimings
  readonly log: Logger
}

interface HeldLease {
  readonly term: Term
  readonly lost: AbortController
  /** On the monotonic clock of this process. */
  trustedUntil: number
}

/** A release that Postgres has not committed yet. */
interface PendingRelease {
  readonly term: Term
  /** On the monotonic clock. After this time any process may claim the session without the release. */
  readonly until: number
}

const CHECK_EVERY_MS = 250

/**
 * The leases of this process. A separate database connection renews them, so that a busy pool does not delay renewals.
 * Expiry times in rows are on Postgres's clock. This process measures on its monotonic clock how long it trusts a lease.
 */
export function createLeases(options: LeaseOptions): Leases {
  const { databaseUrl, timings, log } = options
  const connection = createDb(databaseUrl, { maxConnections: 1 })
  const { db } = connection
  const held = new Map<number, HeldLease>()
  const releases = createReleases(db, timings, log)
  const upkeep = keepUp(db, { held, releases }, options)

  async function claim(sessionId: number): Promise<Lease | null> {
    await releases.retry(sessionId)
    const attemptAt = performance.now()
    const epoch = await claimOrNotFound(db, sessionId, options)
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
        await releases.release(term)
      },
      abandon() {
        if (held.get(sessionId) === lease) held.delete(sessionId)
        lease.lost.abort(new LeaseLost())
      },
    }
  }

  async function close(): Promise<void> {
    await upkeep.stop()
    await releases.retryAll()
    await connection.close()
  }

  return { claim, close }
}

async function claimOrNotFound(
  db: Db,
  sessionId: number,
  { holder, timings }: LeaseOptions,
): Promise<number | null> {
  try {
    return await claimLease(db, sessionId, holder, timings)
  } catch (error) {
    if (isForeignKeyViolation(error, 'session_leases_session_id_sessions_id_fk'))
      throw new SessionNotFound({ cause: error })
    throw error
  }
}

interface Releases {
  readonly release: (term: Term) => Promise<void>
  /** Retries the failed release of this session, if there is one. */
  readonly retry: (sessionId: number) => Promise<void>
  readonly retryAll: () => Promise<void>
}

function createReleases(db: Db, { leaseMs, graceMs }: LeaseTimings, log: Logger): Releases {
  const pending = new Map<number, PendingRelease>()

  async function attempt(release: PendingRelease): Promise<void> {
    const { sessionId, epoch } = release.term
    try {
      await releaseLease(db, release.term)
    } catch (error) {
      log.warn({ err: error, sessionId, epoch }, 'session.release_failed')
      if (performance.now() < release.until) return
    }
    if (pending.get(sessionId) === release) pending.delete(sessionId)
  }

  async function retry(sessionId: number): Promise<void> {
    const release = pending.get(sessionId)
    if (release) await attempt(release)
  }

  return {
    async release(term) {
      const release = { term, until: performance.now() + leaseMs + graceMs }
      pending.set(term.sessionId, release)
      await attempt(release)
    },
    retry,
    async retryAll() {
      for (const sessionId of pending.keys()) await retry(sessionId)
    },
  }
}

interface Kept {
  readonly held: Map<number, HeldLease>
  readonly releases: Releases
}

/** Renews the held leases, aborts leases that can no longer be trusted, and retries failed releases. */
function keepUp(db: Db, { held, releases }: Kept, { timings, log }: LeaseOptions) {
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
    const terms = before.map(({ term }) => term)
    const renewed = await renewLeases(db, terms, timings.leaseMs)
    const epochs = new Map(renewed.map(({ sessionId, epoch }) => [sessionId, epoch]))
    for (const lease of before)
      if (epochs.get(lease.term.sessionId) !== lease.term.epoch) lose(lease)
      else lease.trustedUntil = trustedUntil(attemptAt, timings)
  }

  async function renewUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(timings.renewMs, stopping.signal)
      await renewAll().catch((error: unknown) => log.warn({ err: error }, 'session.renewal_failed'))
      await releases.retryAll()
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

function trustedUntil(attemptAt: number, { leaseMs, marginMs }: LeaseTimings): number {
  return attemptAt + leaseMs - marginMs
}
