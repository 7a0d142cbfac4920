import { sleep, type Logger } from '@telegather/service'
import { ConnectionLost, METHODS, withDeadline, type Telegram } from '@telegather/telegram'
import { LeaseLost, type Lease } from './lease.ts'
import { callAt, type Call } from './session-call.ts'
import { SessionNotActive } from './session-errors.ts'
import type { StoredLogin } from './stored-login.ts'

/** A connected session whose lease this process holds. */
export interface HeldSession {
  readonly lease: Lease
  readonly call: (call: Call) => Promise<unknown>
  /** Keeps the session connected while idle. The returned function ends that; call it once. */
  readonly keepOpen: () => () => void
  /** True when no call is in progress and no `keepOpen` is in effect. */
  readonly isIdle: () => boolean
  /** Refuses new calls, waits up to 1.5 s for calls in progress, disconnects and releases the lease. */
  readonly release: () => Promise<void>
}

export interface HeldSessionOptions {
  readonly lease: Lease
  readonly telegram: Telegram
  /** How long the session stays connected after its last use. */
  readonly idleMs: number
  readonly log: Logger
  readonly login: Pick<StoredLogin, 'learn' | 'mayCall'>
  /** Called once, when the release begins. The session must not be used afterwards. */
  readonly onEnd: () => void
}

/** Maximum wait of a release for calls in progress. */
const DRAIN_MS = 1_500
/** Maximum duration of a disconnect. The lease of a client that takes longer is abandoned: it is no longer renewed. */
const CLOSE_MS = 5_000

export function holdSession(options: HeldSessionOptions): HeldSession {
  const { lease, telegram, idleMs, login, onEnd } = options
  const drained = new AbortController()
  let users = 0
  let callsUnderWay = 0
  let idleTimer: NodeJS.Timeout | undefined
  let ending: Promise<void> | null = null

  const isIdle = () => users === 0 && callsUnderWay === 0

  function scheduleIdle(): void {
    clearTimeout(idleTimer)
    if (isIdle() && !ending) idleTimer = setTimeout(() => void release(), idleMs)
  }

  async function call(made: Call): Promise<unknown> {
    if (ending || !lease.isTrusted()) throw new LeaseLost()
    login.mayCall(made.method)
    clearTimeout(idleTimer)
    callsUnderWay++
    try {
      return await callAt(telegram, made)
    } catch (error) {
      // The lost lease closed the connection during the call. The router repeats a read after LeaseLost.
      if (error instanceof ConnectionLost && !lease.isTrusted() && isRead(made))
        throw new LeaseLost({ cause: error })
      const meaning = await login.learn(error)
      if (meaning instanceof SessionNotActive) void release()
      throw meaning
    } finally {
      callsUnderWay--
      if (ending && callsUnderWay === 0) drained.abort()
      scheduleIdle()
    }
  }

  function keepOpen(): () => void {
    users++
    clearTimeout(idleTimer)
    return () => {
      users--
      scheduleIdle()
    }
  }

  async function end(): Promise<void> {
    clearTimeout(idleTimer)
    onEnd()
    if (callsUnderWay > 0 && lease.isTrusted()) await sleep(DRAIN_MS, drained.signal)
    await disconnect(options)
  }

  function release(): Promise<void> {
    ending ??= end()
    return ending
  }

  lease.signal.addEventListener('abort', () => void release(), { once: true })
  if (lease.signal.aborted) void release()
  scheduleIdle()
  return { lease, call, keepOpen, isIdle, release }
}

function isRead({ method }: Call): boolean {
  return METHODS[method].kind === 'read'
}

/** Releases the lease of a client that disconnects in time, and abandons the lease of one that does not. */
async function disconnect({ telegram, lease, log }: HeldSessionOptions): Promise<void> {
  try {
    await withDeadline('disconnecting', { timeoutMs: CLOSE_MS }, () => telegram.close())
  } catch (error) {
    log.error({ err: error, sessionId: lease.sessionId }, 'session.not_disconnected')
    lease.abandon()
    return
  }
  await lease.release()
}
