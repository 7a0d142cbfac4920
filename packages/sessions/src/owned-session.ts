import { sleep, type Logger } from '@telegather/service'
import { ConnectionLost, type CallOptions, type Telegram } from '@telegather/telegram'
import { LeaseLost, type Lease } from './leases.ts'
import { callAt, type Method } from './session-call.ts'
import { SessionNotActive } from './session-errors.ts'
import type { StoredLogin } from './stored-login.ts'

/** A session that this process has the lease of, connected. */
export interface OwnedSession {
  readonly lease: Lease
  readonly call: (
    method: Method,
    args: readonly unknown[],
    options: CallOptions | undefined,
  ) => Promise<unknown>
  /** Someone here keeps the session open; call the answer once when done. */
  readonly hold: () => () => void
  /** Serves no new call, waits for those under way, disconnects and gives the lease back. */
  readonly letGo: () => Promise<void>
}

export interface OwnedSessionOptions {
  readonly lease: Lease
  readonly telegram: Telegram
  /** How long it stays connected after its last use. */
  readonly idleMs: number
  readonly log: Logger
  readonly login: Pick<StoredLogin, 'learn' | 'mayCall'>
  /** From here on nothing of it may be used. */
  readonly onEnd: () => void
}

/** How long calls under way may hold up a hand-over. */
const DRAIN_MS = 1_500

export function ownSession(options: OwnedSessionOptions): OwnedSession {
  const { lease, telegram, idleMs, log, login, onEnd } = options
  const drained = new AbortController()
  let holders = 0
  let underWay = 0
  let idleTimer: NodeJS.Timeout | undefined
  let ending: Promise<void> | null = null

  function scheduleIdle(): void {
    clearTimeout(idleTimer)
    if (holders > 0 || underWay > 0 || ending) return
    idleTimer = setTimeout(() => void letGo(), idleMs)
  }

  async function call(
    method: Method,
    args: readonly unknown[],
    callOptions: CallOptions | undefined,
  ): Promise<unknown> {
    if (ending || !lease.isTrusted()) throw new LeaseLost()
    login.mayCall(method)
    clearTimeout(idleTimer)
    underWay++
    try {
      return await callAt(telegram, method, args, callOptions)
    } catch (error) {
      // The connection was closed under the call, because the session goes elsewhere.
      if (error instanceof ConnectionLost && !lease.isTrusted())
        throw new LeaseLost({ cause: error })
      const told = await login.learn(error, method)
      if (told instanceof SessionNotActive) void letGo()
      throw told
    } finally {
      underWay--
      if (ending && underWay === 0) drained.abort()
      scheduleIdle()
    }
  }

  function hold(): () => void {
    holders++
    clearTimeout(idleTimer)
    return () => {
      holders--
      scheduleIdle()
    }
  }

  async function end(): Promise<void> {
    clearTimeout(idleTimer)
    onEnd()
    if (underWay > 0 && lease.isTrusted()) await sleep(DRAIN_MS, drained.signal)
    await telegram.close()
    await lease.release().catch((error: unknown) => {
      // It ends by itself; the next owner only has to wait longer.
      log.warn({ err: error, sessionId: lease.sessionId }, 'session.release_failed')
    })
  }

  function letGo(): Promise<void> {
    ending ??= end()
    return ending
  }

  lease.signal.addEventListener('abort', () => void letGo(), { once: true })
  scheduleIdle()
  return { lease, call, hold, letGo }
}
