import { setTimeout as delay } from 'node:timers/promises'
import type { Db } from '@telegather/db'
import type { Nats } from '@telegather/events'
import { DEFAULT_TIMEOUT_MS, Timeout } from '@telegather/telegram'
import type { Handle } from './handle.ts'
import type { HolderKind, SessionHolder } from './holder.ts'
import { LeaseLost } from './lease.ts'
import { millisecondsToClaim } from './queries.ts'
import { callHolder, NoHolder, sessionSubject } from './remote-calls.ts'
import type { Call } from './session-call.ts'
import { SessionUnavailable } from './session-errors.ts'
import type { LeaseTimings } from './timings.ts'

export interface RouterDeps {
  readonly db: Db
  readonly nats: Nats
  readonly kind: HolderKind
  readonly holder: SessionHolder
  readonly timings: LeaseTimings
  readonly subjectPrefix: string
}

export interface Router {
  /** Throws SessionUnavailable when no process can serve the session now, besides what the call throws. */
  readonly call: (sessionId: number, handle: Handle, made: Call) => Promise<unknown>
  /** Asks the session's lease holder to hand it over, unless this process is the holder. */
  readonly takeOver: (sessionId: number) => Promise<void>
}

/** Where a session's lease is held, as far as this process knows. */
type Place = 'local' | 'remote' | 'unknown'

/** A call gives up when no lease holder has confirmed it within this time. */
const FIND_HOLDER_MS = 3_000
const LOOK_AGAIN_MS = 100
/** How long a hand-over may take, calls under way included. */
const YIELD_MS = 3_000

/** Makes each call in the process that holds the session's lease. */
export function createRouter(deps: RouterDeps): Router {
  const { db, nats, kind, holder, timings, subjectPrefix } = deps
  /** Sessions that another process was last known to hold: it is asked first. */
  const remote = new Set<number>()
  const subjectOf = (sessionId: number) => sessionSubject(subjectPrefix, sessionId)

  function placeOf(sessionId: number): Place {
    if (holder.isHeld(sessionId)) return 'local'
    return remote.has(sessionId) ? 'remote' : 'unknown'
  }

  async function call(sessionId: number, handle: Handle, made: Call): Promise<unknown> {
    const giveUpAt = performance.now() + FIND_HOLDER_MS
    for (;;) {
      try {
        return await callOnce(sessionId, handle, { made, giveUpAt })
      } catch (error) {
        if (!(error instanceof NoHolder || error instanceof LeaseLost)) throw error
        remote.delete(sessionId)
        if (performance.now() + LOOK_AGAIN_MS > giveUpAt) throw await unavailable(sessionId, error)
        await delay(LOOK_AGAIN_MS, undefined, { signal: made.options?.signal })
      }
    }
  }

  async function callOnce(
    sessionId: number,
    handle: Handle,
    { made, giveUpAt }: { readonly made: Call; readonly giveUpAt: number },
  ): Promise<unknown> {
    const { method, args, options = {} } = made
    if (placeOf(sessionId) !== 'remote') {
      const session = await holder.hold(sessionId)
      if (session) {
        remote.delete(sessionId)
        handle.useHere(session)
        return session.call(made)
      }
      remote.add(sessionId)
    }
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options
    const request = { method, args, timeoutMs, confirmBy: giveUpAt, signal }
    const answer = await callHolder(nats, subjectOf(sessionId), request)
    handle.answeredElsewhere({ sessionId, epoch: answer.epoch })
    return answer.value()
  }

  async function takeOver(sessionId: number): Promise<void> {
    if (await holder.hold(sessionId)) return
    try {
      const request = { method: 'yield', args: { to: kind }, timeoutMs: YIELD_MS } as const
      await callHolder(nats, subjectOf(sessionId), request)
      remote.delete(sessionId)
    } catch (error) {
      // The holder has died or is busy: the first call waits for the session, or says how long that takes.
      if (!(error instanceof NoHolder || error instanceof Timeout)) throw error
    }
  }

  async function unavailable(sessionId: number, cause: unknown): Promise<SessionUnavailable> {
    const waitMs = await millisecondsToClaim(db, sessionId, timings.graceMs)
    return new SessionUnavailable(Math.max(1, Math.ceil(waitMs / 1000)), { cause })
  }

  return { call, takeOver }
}
