import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Tx } from '@telegather/db'
import { DEFAULT_TIMEOUT_MS, type CallOptions, type Telegram } from '@telegather/telegram'
import { createLeases, LeaseLost } from './leases.ts'
import type { OwnedSession } from './owned-session.ts'
import { lockTerm, millisecondsToClaim, type Term } from './queries.ts'
import { callOwner, NoOwner, sessionSubject } from './remote-calls.ts'
import { portOver, type MakeCall, type Method } from './session-call.ts'
import { SessionUnavailable } from './session-errors.ts'
import {
  createSessionOwner,
  findActiveSession,
  type SessionOwner,
  type SessionOwnerDeps,
} from './session-owner.ts'
import { DEFAULT_TIMINGS, type OwnershipTimings } from './timings.ts'
import { createWithdraw, type Withdraw } from './withdraw.ts'

/** A session's Telegram port, and the proof of the right to write on its behalf. */
export interface OpenedSession extends Telegram {
  /**
   * Throws LeaseLost when the session has another owner than the one that answered last; else none begins before
   * `tx` ends. Belongs into every transaction that writes what the session told, which is to be short: Postgres ends
   * it after 5 s without a statement.
   */
  readonly fence: (tx: Tx) => Promise<void>
}

export interface OpenOptions {
  /** Asks an owner of lower rank to hand the session over: for work that keeps it busy. */
  readonly prefer?: boolean
}

/**
 * The only way to a session: its Telegram port, local where this process owns it, else by way of its owner.
 * Whoever opens it closes it. Throws SessionNotFound, SessionNotActive; calls throw SessionUnavailable when no
 * process can serve the session just now, besides what Telegram's port throws.
 */
export type OpenSession = (sessionId: number, options?: OpenOptions) => Promise<OpenedSession>

export interface Sessions {
  readonly openSession: OpenSession
  readonly withdraw: Withdraw
  /** Hands every session over; within 3 s. */
  readonly close: () => Promise<void>
}

export interface SessionsOptions extends Omit<SessionOwnerDeps, 'leases' | 'subjectPrefix'> {
  readonly databaseUrl: string
  readonly timings?: OwnershipTimings
  /** Separates installations, and tests, on one NATS server. */
  readonly subjectPrefix?: string
}

/** How long a call looks for an owner before it gives up. */
const FIND_OWNER_MS = 3_000
const LOOK_AGAIN_MS = 100
/** How long a hand-over may take, calls under way included. */
const YIELD_MS = 3_000

/** The sessions as this process sees them. */
export function createSessions(options: SessionsOptions): Sessions {
  const { subjectPrefix = 'telegram', timings = DEFAULT_TIMINGS, databaseUrl, log, kind } = options
  const leases = createLeases({ databaseUrl, owner: { id: randomUUID(), kind }, timings, log })
  const owner = createSessionOwner({ ...options, leases, subjectPrefix })
  const { db, nats } = options
  const { graceMs } = timings
  const withdraw = createWithdraw({ db, nats, leases, owner, graceMs, subjectPrefix })
  const router = createRouter({ ...options, owner, timings, subjectPrefix })

  async function openSession(
    sessionId: number,
    { prefer = false }: OpenOptions = {},
  ): Promise<OpenedSession> {
    await findActiveSession(db, sessionId)
    if (prefer) await router.takeOver(sessionId)
    const hold = createHold()
    const call: MakeCall = (method, args, callOptions) =>
      router.call(sessionId, hold, { method, args, options: callOptions }) as never
    const port = portOver(call, async () => hold.release())
    const fence = async (tx: Tx): Promise<void> => {
      const term = hold.term()
      if (term && !(await lockTerm(tx, term))) throw new LeaseLost()
    }
    return { ...port, fence }
  }

  async function close(): Promise<void> {
    await owner.close()
    await leases.close()
  }

  return { openSession, withdraw, close }
}

/** Keeps the session connected for one user, through changes of its owner. */
interface Hold {
  /** Of the owner that answered last. */
  readonly term: () => Term | null
  /** The session is here. */
  readonly take: (session: OwnedSession) => void
  /** The session is elsewhere. */
  readonly answered: (term: Term) => void
  readonly release: () => void
}

function createHold(): Hold {
  let held: { session: OwnedSession; release: () => void } | null = null
  let term: Term | null = null
  const release = () => {
    held?.release()
    held = null
  }
  return {
    term: () => term,
    take(session) {
      if (held?.session === session) return
      release()
      held = { session, release: session.hold() }
      term = session.lease
    },
    answered(given) {
      release()
      term = given
    },
    release,
  }
}

interface RouterDeps extends Pick<SessionsOptions, 'db' | 'nats' | 'kind'> {
  readonly owner: SessionOwner
  readonly timings: OwnershipTimings
  readonly subjectPrefix: string
}

interface Call {
  readonly method: Method
  readonly args: readonly unknown[]
  readonly options: CallOptions | undefined
}

/** Finds for each call where the session is connected. */
function createRouter({ db, nats, kind, owner, timings, subjectPrefix }: RouterDeps) {
  /** Sessions that were last seen with another owner: asked there first. */
  const elsewhere = new Set<number>()
  const subjectOf = (sessionId: number) => sessionSubject(subjectPrefix, sessionId)

  async function call(sessionId: number, hold: Hold, made: Call): Promise<unknown> {
    const giveUpAt = performance.now() + FIND_OWNER_MS
    for (;;) {
      try {
        return await callOnce(sessionId, hold, made)
      } catch (error) {
        if (!(error instanceof NoOwner || error instanceof LeaseLost)) throw error
        elsewhere.delete(sessionId)
        if (performance.now() > giveUpAt) throw await unavailable(sessionId, error)
        await delay(LOOK_AGAIN_MS, undefined, { signal: made.options?.signal })
      }
    }
  }

  async function callOnce(sessionId: number, hold: Hold, made: Call): Promise<unknown> {
    const { method, args, options = {} } = made
    if (!elsewhere.has(sessionId)) {
      const session = await owner.own(sessionId)
      if (session) {
        hold.take(session)
        return session.call(method, args, options)
      }
      elsewhere.add(sessionId)
    }
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options
    const request = { method, args, timeoutMs }
    const answer = await callOwner(nats, subjectOf(sessionId), request, signal)
    hold.answered({ sessionId, epoch: answer.epoch })
    return answer.value()
  }

  async function takeOver(sessionId: number): Promise<void> {
    if (await owner.own(sessionId)) return
    try {
      await callOwner(nats, subjectOf(sessionId), {
        method: 'yield',
        args: [kind],
        timeoutMs: YIELD_MS,
      })
      elsewhere.delete(sessionId)
    } catch (error) {
      // Its owner has died: the first call waits for the session, or says how long that takes.
      if (!(error instanceof NoOwner)) throw error
    }
  }

  async function unavailable(sessionId: number, cause: unknown): Promise<SessionUnavailable> {
    const waitMs = await millisecondsToClaim(db, sessionId, timings.graceMs)
    return new SessionUnavailable(Math.max(1, Math.ceil(waitMs / 1000)), { cause })
  }

  return { call, takeOver }
}
